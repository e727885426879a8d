"""The telemetry's tests."""
