"""Codes the world agrees on: ISO 4217 currencies one can charge, ISO 3166-1 countries, IANA time zones."""

from functools import cache
from zoneinfo import available_timezones

from domain.errors import Invalid

_CURRENCIES_TEXT = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BWP BYN BZD CAD CDF
CHF CLP CNY COP CRC CVE CZK DJF DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL
HTG HUF IDR ILS INR ISK JMD JOD JPY KES KGS KHR KMF KRW KWD KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD
MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD
RUB RWF SAR SBD SCR SEK SGD SHP SLE SOS SRD STD SZL THB TJS TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS
VND VUV WST XAF XCD XOF XPF YER ZAR ZMW
"""
CURRENCIES = frozenset(_CURRENCIES_TEXT.split())
_COUNTRIES_TEXT = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW
BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI
FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN
IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME
MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF
PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV
SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE
YT ZA ZM ZW
"""
COUNTRIES = frozenset(_COUNTRIES_TEXT.split())


def currency_named(text: str) -> str:
    """The code in capitals.

    Raises:
        Invalid: no such currency.
    """
    code = text.strip().upper()
    if code not in CURRENCIES:
        raise Invalid(f"currency: '{text[:16]}' is not an ISO 4217 code that can be charged, such as USD")
    return code


def country_named(text: str) -> str:
    """The code in capitals.

    Raises:
        Invalid: no such country.
    """
    code = text.strip().upper()
    if code not in COUNTRIES:
        raise Invalid(f"country: '{text[:16]}' is not a two-letter ISO 3166 code, such as US")
    return code


def zone_named(text: str) -> str:
    """The name of an IANA time zone.

    Raises:
        Invalid: no such zone.
    """
    if text not in _zones():
        raise Invalid(f"time_zone: '{text[:64]}' is not an IANA time zone, such as America/New_York")
    return text


@cache
def _zones() -> frozenset[str]:
    """Every zone of the installed database; it is read from disk once."""
    return frozenset(available_timezones())
