"""The JSON payloads on MQTT: their one home. Pure.

Major versions stand in `s` and in the topic (`gate.topics`); within one major only additions are
made, so unknown fields are ignored at reading. Times are RFC 3339 in UTC with milliseconds. A
payload from outside is bytes until `decode` has looked at it: it answers with a model or with
`Malformed`.
"""

from gate.payloads.base import Malformed, Payload, decode, format_utc
from gate.payloads.central import (
    Ack,
    Ans,
    CentralState,
    Cfg,
    Cmd,
    Keys,
    KnownVisit,
    Occ,
    Places,
    Policy,
    Quota,
    Revoked,
    Upto,
)
from gate.payloads.gate import Ask, Ctr, Evt, EvtItem, Lane, Meta, Res, Status

__all__ = [
    "Ack",
    "Ans",
    "Ask",
    "CentralState",
    "Cfg",
    "Cmd",
    "Ctr",
    "Evt",
    "EvtItem",
    "Keys",
    "KnownVisit",
    "Lane",
    "Malformed",
    "Meta",
    "Occ",
    "Payload",
    "Places",
    "Policy",
    "Quota",
    "Res",
    "Revoked",
    "Status",
    "Upto",
    "decode",
    "format_utc",
]
