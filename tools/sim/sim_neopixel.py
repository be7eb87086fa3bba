"""`neopixel`: the pixels in wire order; writing shows the first one to the bench."""

from machine import bitstream


class NeoPixel:
    ORDER = (1, 0, 2, 3)  # green, red, blue, white

    def __init__(self, pin, n, bpp=3, timing=1):
        self.pin = pin
        self.n = n
        self.bpp = bpp
        self.buf = bytearray(n * bpp)
        self.pin.init(pin.OUT)
        if isinstance(timing, int):
            timing = (400, 850, 800, 450) if timing else (800, 1700, 1600, 900)
        self.timing = timing

    def __len__(self):
        return self.n

    def __setitem__(self, i, v):
        offset = i * self.bpp
        for part in range(self.bpp):
            self.buf[offset + self.ORDER[part]] = v[part]

    def __getitem__(self, i):
        offset = i * self.bpp
        return tuple([self.buf[offset + self.ORDER[part]] for part in range(self.bpp)])

    def fill(self, v):
        for i in range(self.n):
            self[i] = v

    def write(self):
        bitstream(self.pin, 0, self.timing, self.buf)
