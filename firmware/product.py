"""THE file a manufacturer edits: who the product is, what it runs on, and every tunable time."""

# Who it is. The access point is named "VENDOR TEMPLATE_NAME-XXXX"; equal names are said once.
VENDOR = "Blynk"
TEMPLATE_ID = "TMPL00000000"
TEMPLATE_NAME = "Device"
FIRMWARE_VERSION = "0.1.0"
FIRMWARE_TYPE = TEMPLATE_ID
FIRMWARE_BUILD = "Nov 22 2026 12:00:00"

# Where it goes when the phone names no server: a host name, or mqtt://user@host:port/prefix.
SERVER = "blynk.cloud"
# Where a claim code is exchanged for a token, http://host/api/v1/claim. Empty: claim codes are refused.
CLAIM_URL = ""

# What it runs on: a module of boards/.
BOARD = "esp32_devkit"

# Where the record lives: "file", or "nvs" (ESP32 only), which outlives the file system.
STORAGE = "file"
WIPE_ON_RESET = True  # a factory reset also overwrites free space, where old copies are: up to a minute

# Configuration over the access point.
AP_PASSWORD = None  # open, as the Blynk app wants it; or a secret text that each unit's WPA2 key is made from
PORTAL_NAMES = ("blynk.setup",)  # what else the portal may be called; every other name is sent to its address
LIVE_TRY = True  # an ESP32 tries while the page looks on; the app and an ESP8266 always restart first
FAREWELL_S = 20  # how long such a page, should it have lost us, has time to come back for the good news
CONFIG_WINDOW_S = 600  # how long the access point waits for a phone
PHONE_GONE_S = 60  # no request for so long: the phone has left
REPLY_S = 0.5  # time for the last answer to reach the phone before the reset
DNS_NAME_ONLY = False  # True: only PORTAL_NAMES lead here, and no phone shows the page by itself

# Connecting. A candidate gets one try of each; verified credentials are tried for ever.
NET_TIMEOUT_S = 50
CLOUD_TIMEOUT_S = 50
BACKOFF_FIRST_S = 1
BACKOFF_MOST_S = 300
STABLE_S = 60  # a session that lasted so long starts the backoff anew
LOST_S = 600  # so long without network opens the access point for one window, on an ESP32; 0: never
REFUSED_S = 900  # between two tries of a token that the cloud has refused, after such a window
WIFI_SLEEP = True  # the modem sleeps between beacons; False: faster answers for some 80 mA more

# The cloud link (docs/cloud.md).
KEEPALIVE_S = 45
PATIENCE_S = 10  # for one answer of the broker
MESSAGE = 1024  # bytes of the largest message we take; longer ones are skipped
PERSISTENT = False  # True: the broker keeps messages for us while we are away (not Blynk)
WILL = None  # (topic, text, QoS, retain) that the broker publishes when the device vanishes
KEEP_OFFLINE = True  # the latest value of each datastream is kept while offline; False: it is dropped
ERROR_EVENT = "app_error"  # event that tells of a mistake in app.py; "": none

# TLS. An ESP32 verifies the server, by the authorities of cloud/roots.py.
CA = ()  # certificates of your own authorities: DER or PEM as bytes, or the path of a file
CA_ONLY = False  # True: no others are trusted
ESP8266_TLS = "unverified"  # all that chip can; or "plain": no TLS, port 1883 for a bare host name
NTP = "pool.ntp.org"  # a certificate is good for a time only, so the clock is set first
PROBE = "http://connectivitycheck.gstatic.com/generate_204"  # where a captive portal answers otherwise

# The button: held so long it warns, erases when released, and from then on does nothing.
BUTTON_DEBOUNCE_MS = 30
BUTTON_NOTICE_S = 3
BUTTON_ERASE_S = 10
BUTTON_CANCEL_S = 20
BUTTON_STUCK_S = 60  # then it is broken, and ignored until it is let go
BUTTON_DOUBLE_MS = 400  # two clicks within it are a double click; a single one is told so much later

CONSOLE = True  # obeys what is typed on the serial console: devinfo, config erase …

ERROR_S = 10  # how long the red light shows before the reset

# The light (docs/light.md): how bright it is at most, and a wave at least, as the eye sees it, 0 to 255.
LED_BRIGHTNESS = 255
LED_MIN_BRIGHTNESS = 25
PATTERNS = {}  # rows that replace or add to those of led/patterns.py
INDICATE = None  # a function of your own, called with each name instead: nothing of led/ plays then
