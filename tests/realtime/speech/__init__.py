"""The ear's tests."""
