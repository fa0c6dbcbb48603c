"""`python -m sandbox --port N --data FILE [--webhook-url URL --webhook-secret S]` serves until told to stop."""

import argparse
import os

import uvicorn

from sandbox.app import create_app


def main() -> None:
    """Read the command line and serve; SIGTERM and Ctrl-C end it cleanly."""
    given = _arguments()
    base_url = f"http://{given.host}:{given.port}"
    app = create_app(given.data, given.webhook_url, given.webhook_secret, base_url)
    uvicorn.run(app, host=given.host, port=given.port, log_level="warning", timeout_graceful_shutdown=2)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="sandbox", description="A schema-true Stripe on this machine.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8020, help="port to listen on")
    parser.add_argument("--data", default="stripe-sandbox.sqlite", help="file that keeps all state")
    parser.add_argument("--webhook-url", help="where every event is delivered to")
    parser.add_argument(
        "--webhook-secret",
        default=os.environ.get("STRIPE_WEBHOOK_SECRET"),
        help="secret the deliveries are signed with (or STRIPE_WEBHOOK_SECRET)",
    )
    given = parser.parse_args()
    if given.webhook_url and not given.webhook_secret:
        parser.error("--webhook-url needs --webhook-secret")
    return given


if __name__ == "__main__":
    main()
