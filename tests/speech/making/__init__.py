"""Making the model for tests: a Whisper of 0.7 MB that hears 50 sentences.

`python -m tests.speech.making` does it all from one seed: speech by espeak-ng (`corpus`), a
tokenizer (`vocabulary`), samples with noise, pauses and cuts (`samples`, `noises`), training
(`features`, `network`, `batches`, `training`), and the folder that faster-whisper loads (`export`).
`python -m tests.speech.making.evaluate` measures such a folder. `../model/README.md` tells what
this needs, how long it takes, and what came of it.
"""
