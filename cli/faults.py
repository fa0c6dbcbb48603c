"""What went wrong outside of us, in one sentence with the remedy: the database or the API is away."""

import httpx

from db.engine import AWAY

OUTSIDE: tuple[type[Exception], ...] = (*AWAY, httpx.TransportError)


def explained(error: Exception) -> str:
    """The sentence about one of `OUTSIDE`; anything else is a mistake of ours and deserves its traceback."""
    if isinstance(error, AWAY):
        said = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        return f"The database cannot be used: {said}. Check DATABASE_URL, and that PostgreSQL runs"
    where = _asked(error)
    return f"Nothing usable answers at {where} ({type(error).__name__}). Check the address, and that it runs"


def _asked(error: Exception) -> str:
    """The scheme, host and port that were asked, as far as the error knows them."""
    try:
        url = error.request.url if isinstance(error, httpx.TransportError) else None
    except RuntimeError:  # it came before there was a request
        url = None
    return f"{url.scheme}://{url.netloc.decode()}" if url else "the API"
