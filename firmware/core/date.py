"""Dates as compilers and HTTP write them -> Unix seconds, whatever year the port counts from."""

_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"


def unix(day, month, year, clock):
    """Unix seconds of the texts "22", "Nov", "2026", "12:00:00" (UTC). Pure; raises ValueError."""
    number, odd = divmod(_MONTHS.find(month), 3)
    parts = [day, year] + clock.split(":")
    if odd or len(month) != 3 or len(parts) != 5 or not all([part.isdigit() for part in parts]):
        raise ValueError("no date")
    day, year, hour, minute, second = [int(part[:5]) for part in parts]
    if not (1 <= day <= 31 and 1970 <= year <= 2199 and hour <= 23 and minute <= 59 and second <= 60):
        raise ValueError("no date")
    number = (number + 10) % 12  # from March on, so that the leap day is a year's last
    year -= number > 9
    days = year * 365 + year // 4 - year // 100 + year // 400 + (number * 306 + 5) // 10 + day - 719469
    return ((days * 24 + hour) * 60 + minute) * 60 + second
