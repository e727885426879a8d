"""Prints how many graphics processors CTranslate2 can use: `python -m realtime.speech.devices`."""

import ctranslate2

if __name__ == "__main__":
    print(ctranslate2.get_cuda_device_count())
