"""The contract of `LanguageModel`, and every way to keep it: ours, and the SDKs' for comparison."""
