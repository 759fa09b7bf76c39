"""How often a token may be asked for: a pair of name and address seldom, an address on the whole ten times as often.

Many people of a school share one address: none of them is to be kept out by another's mistakes.
"""

import hashlib
from collections.abc import Mapping

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

PEOPLE_PER_ADDRESS = 10


class PairThrottle(SimpleRateThrottle):
    scope = "token"

    def get_cache_key(self, request: Request, view: APIView) -> str:
        data = request.data if isinstance(request.data, Mapping) else {}
        name = str(data.get("username", ""))
        ident = hashlib.sha256(f"{self.get_ident(request)} {name}".encode(errors="replace")).hexdigest()
        return self.cache_format % {"scope": "token-pair", "ident": ident}


class AddressThrottle(SimpleRateThrottle):
    scope = "token"

    def parse_rate(self, rate: str | None) -> tuple[int | None, int | None]:
        number, seconds = super().parse_rate(rate)
        return (number * PEOPLE_PER_ADDRESS if number else number), seconds

    def get_cache_key(self, request: Request, view: APIView) -> str:
        return self.cache_format % {"scope": "token-address", "ident": self.get_ident(request)}
