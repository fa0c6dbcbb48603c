"""Tests of the gateways, against real counterparts over loopback."""
