from core.date import unix


def test_dates():
    for day, month, year, clock, seconds in (
        ("01", "Jan", "1970", "00:00:00", 0),
        ("1", "Jan", "2000", "00:00:00", 946684800),
        ("06", "Nov", "1994", "08:49:37", 784111777),
        ("29", "Feb", "2024", "23:59:59", 1709251199),
        ("28", "Feb", "2100", "00:00:00", 4107456000),
        ("1", "Mar", "2100", "00:00:00", 4107542400),  # which is no leap year
        ("31", "Dec", "2035", "12:00:00", 2082715200),
    ):
        assert unix(day, month, year, clock) == seconds, (day, month, year)


def test_every_day_of_a_leap_cycle_is_one_longer():
    lengths = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    expected = unix("1", "Jan", "2023", "0:0:0")
    for year in range(2023, 2029):
        for name, length in zip(names, lengths):
            for day in range(1, length + (name == "Feb" and year % 4 == 0) + 1):
                assert unix(str(day), name, str(year), "0:0:0") == expected
                expected += 86400


def test_nonsense_is_refused():
    for parts in (
        ("1", "jan", "2000", "0:0:0"),
        ("1", "anF", "2000", "0:0:0"),
        ("1", "", "2000", "0:0:0"),
        ("1", "JanFeb", "2000", "0:0:0"),
        ("0", "Jan", "2000", "0:0:0"),
        ("32", "Jan", "2000", "0:0:0"),
        ("-1", "Jan", "2000", "0:0:0"),
        ("1", "Jan", "1969", "0:0:0"),
        ("1", "Jan", "999999999999999999999", "0:0:0"),
        ("1", "Jan", "2000", "24:0:0"),
        ("1", "Jan", "2000", "0:60:0"),
        ("1", "Jan", "2000", "0:0:61"),
        ("1", "Jan", "2000", "0:0"),
        ("1", "Jan", "2000", "0:0:0:0"),
        ("1", "Jan", "2000", "a:b:c"),
        ("", "", "", ""),
    ):
        try:
            unix(*parts)
        except ValueError:
            continue
        raise AssertionError(parts)
