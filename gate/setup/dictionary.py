"""What small files have in common: deflate begins with it, so that most of them fit one code.

It is part of the format: who changes a byte of it makes version 2 (`gate.setup.code.PREFIX`).
"""

_JWKS = (
    r"{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
    r"\"alg\":\"EdDSA\",\"use\":\"sig\",\"kid\":\""
)
"""As it stands in a text of TOML."""

COMMON = "\r\n".join(
    (
        "-----END CERTIFICATE-----\r\n'''",
        "mqtt_cert = '''\r\n-----BEGIN CERTIFICATE-----\r\nMIIB",
        "mqtt_key = '''\r\n-----BEGIN PRIVATE KEY-----",
        "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg",
        "-----END PRIVATE KEY-----\r\n'''",
        "mqtt_ca = '''\r\n-----BEGIN CERTIFICATE-----\r\nMIIB",
        'scan = "exit"\r\nmode = "soft"\r\nreentry = "after_exit"\r\nstandalone_capacity = ',
        'wide_relay = { pin = 27, active = "low", type = "pulse", pulse_s = 0.',
        'attendant = { pin = 25, active = "low", pull = "up" }',
        'key = { pin = 26, active = "low", pull = "up" }',
        'lamp_red = { pin = 5, active = "high" }',
        'lamp_amber = { pin = 6, active = "high" }',
        'lamp_green = { pin = 13, active = "high" }',
        'buzzer = { pin = 19, active = "high" }',
        'root = operators = update_keys = setup_keys = "(stored on the device)"',
        '# Which gate this is (docs/provisioning.md). The last line of this file is "# end".',
        "",
        '[device]\r\nname = "gate-',
        'timezone = "Asia/Jakarta"\r\nwifi_country = "ID"\r\ncamera = "auto"',
        "",
        '[wifi]\r\nssid = "',
        'password = "\r\nhidden = true',
        "",
        '[secrets]\r\nmqtt_password = "',
        r'\"kid\":\"\",\"x\":\"\"}],\"version\":1}"',
        f'keys = "{_JWKS}',
        "",
        '[gate]\r\nid = "',
        'venue = "mall-',
        'district = "',
        "",
        '[mqtt]\r\nhost = "broker.',
        'port = 8883\r\nuser = "',
        "",
        '[thermometer]\r\nvariant = "DCC"',
        "",
        "[turnstile]",
        'relay = { pin = 17, active = "high" }',
        'sensor_a = { pin = 22, active = "high", pull = "up" }',
        'sensor_b = { pin = 23, active = "high", pull = "up" }',
        'release = { pin = 24, active = "high", pull = "up" }',
        "",
        "# end",
        "",
    )
).encode("ascii")
