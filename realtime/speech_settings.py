"""The settings that are about speech: which model hears, on what, and what is made of it."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, SecretStr

from realtime.setting_values import api_address, api_key
from realtime.whisper_models import ALIASES, CATALOGUE


def _whisper_model(model: str) -> str:
    if model in ("auto", "none") or model in CATALOGUE or model in ALIASES:
        return model
    if model.startswith(("/", "./", "../", "~")):
        if not Path(model).expanduser().is_dir():
            raise ValueError("there is no such folder")
    elif not re.fullmatch(r"[\w.-]{1,96}/[\w.-]{1,96}", model, re.ASCII):
        raise ValueError(
            f"auto, none, a folder (/…, ./…), or one of {', '.join(CATALOGUE)} is expected"
        )
    return model


class SpeechSettings(BaseModel):
    """What an operator sets about speech."""

    whisper_model: Annotated[str, AfterValidator(_whisper_model)] = Field(
        default="auto",
        description="The Whisper model that hears spoken answers: a name (`viva models list`), the "
        "folder of a converted one, or its id on Hugging Face (`owner/name`). `auto` is what the "
        "machine bears (large-v3-turbo with CUDA, else small from 16 cores, base from 2, tiny), or "
        "the nearest to that which is there. `none`: answers are typed. tiny hears Korean poorly; "
        "names with `.en` or `distil` hear English alone.",
    )
    whisper_device: Literal["auto", "cpu", "cuda"] = Field(
        default="auto", description="What it runs on; `auto` is CUDA where there is any."
    )
    whisper_compute_type: Literal[
        "auto",
        "int8",
        "int8_float16",
        "int8_bfloat16",
        "int8_float32",
        "int16",
        "float16",
        "bfloat16",
        "float32",
    ] = Field(
        default="auto",
        description="What it calculates in; `auto` is `float16` with CUDA, else `int8`.",
    )
    whisper_workers: int = Field(
        default=0,
        ge=0,
        le=64,
        description="How many pieces of speech are recognised at once, each by a process with a "
        "model of its own. 0 is by the machine: as many as its cores and memory bear.",
    )
    whisper_threads: int = Field(
        default=0,
        ge=0,
        le=64,
        description="How many threads each has. 0 is by the machine: 2, and 4 from 16 cores on.",
    )
    whisper_beam: int = Field(
        default=0,
        ge=0,
        le=10,
        description="How many readings of a final piece are followed at once: more hear a little "
        "better and take longer. 0 is 5 with CUDA, else 1. Words that are shown meanwhile are "
        "always read by one.",
    )
    whisper_folder: Path | None = Field(
        default=None,
        description="Where models are kept; without it `models` in the data directory. The cache "
        "of Hugging Face is looked through too.",
    )
    whisper_fetch: bool = Field(
        default=False,
        description="Whether a model that isn't there is fetched from Hugging Face at the start, "
        "which waits for it. Where that fails, answers are typed.",
    )
    voice_review_below: float = Field(
        default=0.6,
        ge=0,
        le=1,
        description="A transcript that is less sure than that waits for the candidate to confirm "
        "it. 0.6 is e^-0.5: half as far, in its logarithm, as where Whisper's authors give a "
        "reading up (e^-1).",
    )
    voice_streams: int = Field(
        default=0,
        ge=0,
        le=10_000,
        description="How many spoken answers this node takes at once; who begins one more gets "
        "`overloaded`, and can type. One user has at most half of them, rounded up; where nobody "
        "signs in, all are one user. 0 is by the model and the machine.",
    )
    transcriptions_base_url: Annotated[str, AfterValidator(api_address)] | None = Field(
        default=None,
        description="A server with OpenAI's `/audio/transcriptions` that hears spoken answers in "
        "place of a model here (`https://api.openai.com/v1`, or one of your own). What candidates "
        "say goes there.",
    )
    transcriptions_api_key: Annotated[SecretStr, AfterValidator(api_key)] | None = Field(
        default=None, description="The key for it."
    )
    transcriptions_model: str = Field(
        default="whisper-1", min_length=1, max_length=128, description="Its model."
    )
    transcriptions_partials: bool = Field(
        default=False,
        description="Whether it is asked while somebody speaks, so that words are seen sooner: "
        "about two requests a second for each who speaks. Without, it is asked at pauses.",
    )
