"""Reads typed values out of environment variables and remembers every fault instead of stopping at the first.

A secret `X` may also be given as `X_FILE`, the path of a file that holds it; another variable may not. Nothing is read at import.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

YES = frozenset({"1", "true", "yes", "on"})
NO = frozenset({"0", "false", "no", "off"})


class BadSettings(Exception):
    """The environment cannot be used; the message lists every fault with the variable and the remedy."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("The settings have faults:\n" + "\n".join(f"  - {fault}" for fault in faults))


class Environment:
    """One reading of an environment; `faults` grows while values are asked for."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self.faults: list[str] = []
        self._asked: set[str] = set()
        self._secrets: set[str] = set()

    def fault(self, name: str, what: str) -> None:
        """Remember that variable `name` is wrong; `what` says how, and what to do."""
        self.faults.append(f"{name}: {what}")

    def check(self) -> None:
        """Raise BadSettings when anything was wrong, also a file for what is not read from files."""
        for name in sorted(self._asked - self._secrets):
            if self._file_of(name):
                self.fault(f"{name}_FILE", f"is not read, only secrets come from files; set {name} itself")
        if self.faults:
            raise BadSettings(self.faults)

    def text(self, name: str, default: str = "") -> str:
        """The variable without surrounding white space, or `default` when it is unset or empty."""
        self._asked.add(name)
        return self._values.get(name, "").strip() or default

    def given(self, name: str) -> bool:
        """Whether the variable, or the file of a secret, was named; to be asked after it was read."""
        return bool(self.text(name) or (name in self._secrets and self._file_of(name)))

    def _file_of(self, name: str) -> str:
        return self._values.get(f"{name}_FILE", "").strip()

    def optional(self, name: str) -> str | None:
        """The variable, or None when it is unset or empty."""
        return self.text(name) or None

    def secret(self, name: str) -> str | None:
        """The variable, or the content of the file named by `<name>_FILE`, or None."""
        self._secrets.add(name)
        given, path = self.text(name), self._file_of(name)
        if given and path:
            self.fault(name, f"is set together with {name}_FILE; keep one of the two")
        if given or not path:
            return given or None
        return self._file(f"{name}_FILE", path)

    def _file(self, name: str, path: str) -> str | None:
        try:
            content = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            self.fault(name, f"cannot read {path} ({error}); name a readable text file")
            return None
        if not content:
            self.fault(name, f"{path} is empty; put the secret into it")
        return content or None

    def choice(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        """One of `allowed`."""
        value = self.text(name, default).lower()
        if value in allowed:
            return value
        self.fault(name, f"is {value!r}; use one of {', '.join(allowed)}")
        return default

    def flag(self, name: str, *, default: bool) -> bool:
        """True or False, written as 1/0, true/false, yes/no or on/off."""
        value = self.text(name).lower()
        if value and value not in YES | NO:
            self.fault(name, f"is {value!r}; use true or false")
        return value in YES if value in YES | NO else default

    def whole(self, name: str, default: int, *, least: int = 0, most: int = 1_000_000) -> int:
        """A whole number between `least` and `most`."""
        value = self.text(name, str(default))
        if value.isascii() and value.isdigit() and least <= int(value) <= most:
            return int(value)
        self.fault(name, f"is {value!r}; use a whole number from {least} to {most}")
        return default

    def wholes(self, name: str, default: tuple[int, ...]) -> tuple[int, ...]:
        """Whole numbers above zero in rising order, separated by commas."""
        parts = self.listed(name)
        if not parts:
            return default
        numbers = tuple(int(part) for part in parts if part.isascii() and part.isdigit())
        if len(numbers) == len(parts) and numbers[0] > 0 and list(numbers) == sorted(set(numbers)):
            return numbers
        self.fault(name, f"is {self.text(name)!r}; use rising whole numbers such as 3,7,14")
        return default

    def decimal(self, name: str, default: str) -> Decimal:
        """A decimal number of zero or more with at most nine digits behind the point."""
        value = self.text(name, default)
        try:
            number = Decimal(value)
            if number.is_finite() and 0 <= number < 10**9 and number == number.quantize(Decimal("1e-9")):
                return number
        except InvalidOperation:
            pass
        self.fault(name, f"is {value!r}; use a decimal number of zero or more such as {default}")
        return Decimal(default)

    def server(self, name: str, *, port: int) -> tuple[str, int] | None:
        """An IP address with a port behind a colon, or the usual `port`; None when the variable is unset."""
        value = self.text(name)
        if not value:
            return None
        host, _, given = (
            value.rpartition(":") if value.count(":") == 1 else (value.strip("[]"), "", str(port))
        )
        try:
            return str(ip_address(host)), int(given)
        except ValueError:
            self.fault(name, f"is {value!r}; use an IP address, such as 192.0.2.1 or 192.0.2.1:5353")
            return None

    def listed(self, name: str, separator: str = ",") -> tuple[str, ...]:
        """The non-empty parts of the variable."""
        return tuple(part.strip() for part in self.text(name).split(separator) if part.strip())

    def url(self, name: str, default: str | None, schemes: tuple[str, ...]) -> str | None:
        """An address with one of `schemes` and a host, without a slash at its end."""
        value = self.text(name, default or "")
        if not value:
            return None
        try:
            parts = urlsplit(value)
            good = parts.scheme in schemes and bool(parts.netloc or parts.query)
        except ValueError:
            good = False
        if not good:
            self.fault(name, f"is not an address; write it as {schemes[0]}://host")
        return value.rstrip("/")
