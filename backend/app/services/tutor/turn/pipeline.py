"""A turn from the question to the last frame.

`Tutor.ask` does what can fail with an HTTP status, and returns a run. The run does the rest: guard
material, plan, model, guard, citations, saving, settlement.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID, uuid4

from pydantic import ValidationError

from app.core.errors import ServiceError, UpstreamError
from app.core.logging import get_logger
from app.core.supabase import Supabase
from app.models.rpc.stream import (
    AnswerProblem,
    MessageDetails,
    TextDeltaPart,
    TutorDataPart,
    TutorMetadata,
    TutorSource,
)
from app.models.rpc.tutor import TurnUsage
from app.schemas.tutor import Mode, SupportLevel
from app.services.tutor.context import Context, GuardMaterial, ModelChoice, Passage
from app.services.tutor.guard.guard import Guard
from app.services.tutor.language import rarity
from app.services.tutor.language.table import language
from app.services.tutor.language.texts import text
from app.services.tutor.models import prompt
from app.services.tutor.models.base import (
    Ask,
    ChatMessage,
    ChatModel,
    ModelError,
    ModelStream,
    Usage,
)
from app.services.tutor.models.embeddings import Embedder, Vectors
from app.services.tutor.teach import abstention, evidence, policy
from app.services.tutor.teach.intent import is_distress
from app.services.tutor.teach.plan import Plan
from app.services.tutor.turn import frames
from app.services.tutor.turn.answer import Answer
from app.services.tutor.turn.citations import Citations
from app.services.tutor.turn.quotas import quota_headers
from app.services.tutor.turn.runs import (
    PATIENCE_SECONDS,
    REFUND_SECONDS,
    Run,
    RunHub,
    uninterrupted,
)
from app.services.tutor.turn.saver import Saver
from app.services.tutor.turn.store import StoredAnswer, TurnStore

# Refusals of the database that do not stop help for a learner in distress.
_NOT_FOR_DISTRESS: Final = frozenset(
    {"tutor_locked", "quota_exceeded", "turn_in_progress", "tutor_disabled", "turn_key_reused"}
)
# How long a new question waits for the end of the turn that it stops, and between two tries.
_STOP_SECONDS: Final = 10.0
_RETRY_SECONDS: Final = 0.2
# Passages that are looked up for the question of a quiz.
_BEARING: Final = 6
# Fixed texts that are about nothing.
_EVERYDAY: Final = (
    "abstain", "attempt", "compare", "greeting_2", "refuse_3", "stuck", "stuck_4", "thanks",
)  # fmt: skip
# Between two looks at a turn that nobody has begun to answer.
_REPLAY_SECONDS: Final = 1.0
_PROBLEMS: Final = {
    "provider_timeout": "The model did not go on in time. What there is of the answer is saved.",
    "provider_protocol": "The model broke off. What there is of the answer is saved.",
    "provider_unavailable": "The model failed. What there is of the answer is saved.",
    "internal_error": "The answer failed. What there is of it is saved.",
    "not_saved_yet": "The answer is not saved yet. It will be when the database answers again.",
}


@dataclass(frozen=True, slots=True)
class Question:
    """What a learner sends; `key` is the id of the message.

    With `is_regenerated` it replaces the turn that has the key, and what followed it.
    """

    conversation_id: UUID
    course_id: UUID
    lesson_id: UUID | None
    key: str
    text: str
    mode: Mode
    support_level: SupportLevel | None
    is_regenerated: bool = False


class Tutor:
    """Answers questions with one model."""

    def __init__(
        self,
        model: ChatModel,
        store: TurnStore,
        hub: RunHub,
        *,
        embedder: Embedder | None,
        max_output_tokens: int,
        run_seconds: float = 90.0,
    ) -> None:
        self.model = model
        self.store = store
        self.hub = hub
        self.saver = Saver(store)
        self._embedder = embedder
        self.vectors = Vectors(embedder) if embedder is not None else None
        # The newest question of each conversation that waits for a turn to end.
        self._newest: dict[tuple[UUID, UUID], Question] = {}
        self.max_output_tokens = max_output_tokens
        self.run_seconds = run_seconds

    async def ask(
        self,
        learner: Supabase,
        user_id: UUID,
        question: Question,
        *,
        is_gone: Callable[[], Awaitable[bool]],
    ) -> Run | StoredAnswer:
        """Begin a turn, or find the one with the same key, and wait until its first byte is ready.

        A turn that is running in the conversation is stopped first. `is_gone` says whether the
        client has closed the request: then nothing is stopped for it.

        Raises:
            ServiceError: `draining`, `tutor_busy`, `provider_unavailable`, `provider_timeout`.
            UpstreamError: what the database refuses.
        """
        self.hub.require_room()
        distress = rarity.usual_in(question.text) if is_distress(question.text) else None
        embedding = await self._embed(question.text)
        try:
            if distress is None:
                context = await self._begin_next(learner, user_id, question, embedding, is_gone)
            else:
                context = await self._begin(learner, question, embedding)
            chosen = ModelChoice(provider=self.model.provider, name=self.model.name)
            if not context.is_replay and context.model != chosen:
                # Another process registered another model: the estimate is for that one.
                await self.store.refund(context.turn_id)
                await self.register()
                context = await self._begin(learner, question, embedding)
        except UpstreamError as error:
            if distress is None or error.code not in _NOT_FOR_DISTRESS:
                raise
            return await self._comfort(user_id, question, distress)
        while context.is_replay:
            answer = await self._replayed(learner, context)
            if answer is not None:
                return answer
            if await is_gone():
                raise ServiceError("conflict", "The client has closed the request.")
            await asyncio.sleep(_REPLAY_SECONDS)
            context = await self._begin(learner, question, embedding)
        run = Run(context.turn_id, user_id, question.conversation_id)
        run.headers = quota_headers(context.quotas)
        turn = _Turn(self, context, question, distress, learner, embedding)
        self.hub.start(run, turn.work)
        await run.wait_open()
        return run

    async def _replayed(self, learner: Supabase, context: Context) -> Run | StoredAnswer | None:
        """The answer of a turn that was begun before; None while nothing of it is there.

        A turn may have been begun by a call that this process gave up: nobody runs it. It begins
        anew when it has expired.
        """
        run = self.hub.by_turn(context.turn_id)
        if run is not None:
            return run
        stored = await StoredAnswer.of_message(learner, context.message_id)
        if stored is None:
            raise ServiceError("not_found", "The answer to this question was deleted.")
        return None if stored.is_unbegun else stored

    async def register(self) -> None:
        """Register the model that answers.

        Raises:
            UpstreamError: `price_missing`, among others.
            ServiceError: the database cannot be reached.
        """
        await self.store.register(self.model.provider, self.model.name, self.max_output_tokens)

    async def _embed(self, text: str) -> list[float] | None:
        if self._embedder is None or not self._embedder.ready:
            return None
        try:
            [embedding] = await self._embedder.embed([text], queries=True)
        except ModelError as error:
            # Retrieval works with words alone.
            get_logger().warning("embedding_failed", code=error.code)
            return None
        return embedding

    async def _begin_next(
        self,
        learner: Supabase,
        user_id: UUID,
        question: Question,
        embedding: list[float] | None,
        is_gone: Callable[[], Awaitable[bool]],
    ) -> Context:
        """Begin; stop the turn that is running in the conversation, wait for its end and retry.

        The database allows one running turn in a conversation, so concurrent questions begin one
        after the other. Only the newest question of the process stops others: an older one that
        still waits is refused.
        """
        place = (user_id, question.conversation_id)
        clock = asyncio.get_running_loop().time
        deadline = clock() + _STOP_SECONDS
        self._newest[place] = question
        try:
            while True:
                try:
                    return await self._begin(learner, question, embedding)
                except UpstreamError as error:
                    if error.code != "turn_in_progress" or clock() > deadline:
                        raise
                    if self._newest.get(place) is not question or await is_gone():
                        raise
                await self._stop_running(learner, place)
        finally:
            if self._newest.get(place) is question:
                del self._newest[place]

    async def _stop_running(self, learner: Supabase, place: tuple[UUID, UUID]) -> None:
        """Stop the turn of a conversation: here at once, in another process at its next save."""
        run = self.hub.by_conversation(*place)
        if run is not None and not run.is_over and run.work is not None:
            run.end("stopped")
            await asyncio.wait({run.work}, timeout=_STOP_SECONDS)
            return
        await learner.rpc("stop_tutor_turn", conversation_id=str(place[1]))
        await asyncio.sleep(_RETRY_SECONDS)

    async def _begin(
        self, learner: Supabase, question: Question, embedding: list[float] | None
    ) -> Context:
        reply = await learner.rpc(
            "begin_tutor_turn",
            conversation_id=str(question.conversation_id),
            course_id=str(question.course_id),
            lesson_id=str(question.lesson_id) if question.lesson_id else None,
            question=question.text,
            mode=question.mode,
            turn_key=question.key,
            query_embedding=embedding,
            is_regenerated=question.is_regenerated,
        )
        try:
            return Context.model_validate(reply.row())
        except ValidationError:
            raise ServiceError("upstream_error") from None

    async def _comfort(self, user_id: UUID, question: Question, distress: str) -> Run:
        """Help that no limit refuses. It is not stored."""
        run = Run(uuid4(), user_id, question.conversation_id)

        async def work(run: Run) -> None:
            metadata: TutorMetadata = {
                "conversationId": str(question.conversation_id),
                "generative": False,
            }
            run.emit(frames.BEFORE, *frames.start_parts(str(run.turn_id), metadata, []))
            help_text = text("distress", distress)
            part: TextDeltaPart = {
                "type": "text-delta",
                "id": frames.TEXT_ID,
                "delta": help_text,
            }
            run.emit(frames.TEXT, part, text=help_text)
            run.emit(frames.AFTER, *frames.end_parts("complete", [], {}))

        self.hub.start(run, work)
        await run.wait_open()
        return run


class _Turn:
    """The work of one run."""

    def __init__(
        self,
        tutor: Tutor,
        context: Context,
        question: Question,
        distress: str | None,
        learner: Supabase,
        embedding: list[float] | None,
    ) -> None:
        self._tutor = tutor
        self._embedding = embedding
        self._learner = learner
        self._context = context
        self._question = question
        self._distress = distress
        self._details: MessageDetails = {}
        self._language = context.course.locale
        self._ask: Ask | None = None
        # What was asked before and what it used, when the answer goes on in another stream.
        self._spent: list[tuple[Ask, Usage | None]] = []

    async def work(self, run: Run) -> None:
        """Answer, and settle in every case."""
        self._tutor.saver.watch(run)
        try:
            async with asyncio.timeout(self._tutor.run_seconds):
                answer, stream = await self._open(run)
        except asyncio.CancelledError:
            await uninterrupted(self._refund(run))
            run.refuse(
                ServiceError("draining")
                if run.end_reason in {None, "shutdown"}
                else ServiceError("conflict", "The answer was stopped before it began.")
            )
        except Exception as error:
            await self._refund(run)
            if isinstance(error, TimeoutError):
                error = ModelError("provider_timeout")
            if isinstance(error, ModelError):
                is_late = error.code == "provider_timeout"
                code = "provider_timeout" if is_late else "provider_unavailable"
                error = ServiceError(code, retry_after=error.retry_after)
            if not isinstance(error, (ServiceError, UpstreamError)):
                raise
            run.refuse(error)
        else:
            await self._answer(run, answer, stream)

    async def _open(self, run: Run) -> tuple[Answer, ModelStream | None]:
        """Everything before the first byte. No stream: the answer is a fixed text."""
        tutor = self._tutor
        material = await tutor.store.guard_material(self._context.turn_id)
        await self._compare(material)
        plan = self._plan(material)
        if plan.focus:
            await self._search(plan.focus)
            plan = self._plan(material)
        context = self._context
        self._language = plan.language
        passages = context.passages
        taught = [
            text for one in passages for text in (one.lesson_title, *one.heading_path, one.body)
        ]
        if context.lesson is not None:
            taught += [context.lesson.title, context.lesson.body]
        answer = Answer(
            run,
            Guard(
                material,
                plan.on_ids,
                plan.near_ids,
                [*plan.thread, self._question.text],
                language(context.course.locale),
                taught,
            ),
            Citations(passages, hides_markers=not tutor.model.generative),
            context,
            plan,
            taught,
            stops=tutor.model.generative,
        )
        abstains = self._distress is None and abstention.abstains(context, plan)
        self._describe(plan, abstains)
        stream = None
        if self._distress is None and not abstains:
            self._ask = self._asked(plan, material, answer)
            stream = await tutor.model.open(self._ask)
        metadata = self._details["metadata"]
        sources = self._details["sources"]
        run.emit(frames.BEFORE, *frames.start_parts(str(context.message_id), metadata, sources))
        run.open()
        return answer, stream

    def _plan(self, material: GuardMaterial) -> Plan:
        question = self._question
        return policy.plan(question.text, self._context, material, question.support_level)

    async def _compare(self, material: GuardMaterial) -> None:
        """Add how near the question is by meaning to windows of passages and to withheld questions.

        Cosines of sentences in one language differ between models, and are high where the model
        does not know the language: the nearness of sentences about nothing is taken off.
        """
        vectors, embedding, context = self._tutor.vectors, self._embedding, self._context
        if vectors is None or embedding is None:
            return
        question, code = self._question.text, language(context.course.locale)
        windows: list[str] = []
        # A follow-up is searched for by words alone.
        if any(one.likeness is not None for one in context.passages):
            windows = evidence.likeliest(question, context, rarity.spoken(question, code))
        everyday = [text(key, code) for key in _EVERYDAY]
        prompts = {str(item.question_id): item.prompt_md for item in material.items}
        found = await vectors.cosines(embedding, [*windows, *everyday, *prompts.values()])
        usual = [found[one] for one in everyday if one in found]
        least = sum(usual) / max(1, len(usual))
        self._context = context.model_copy(
            update={
                "alike": {one: found[one] for one in windows if one in found},
                "near": {
                    id_: (found[one] - least) / max(1 - least, 1e-6)
                    for id_, one in prompts.items()
                    if one in found
                },
            }
        )

    async def _search(self, asked: str) -> None:
        """Add the passages that bear on the question of a quiz; the message may not name it."""
        context = self._context
        found = await self._learner.rpc(
            "search_passages", course_id=str(context.course.id), query=asked, k=_BEARING
        )
        known = {(str(one.lesson_id), one.ord) for one in context.passages}
        new = [row for row in found.rows() if (row["lesson_id"], row["ord"]) not in known]
        self._context = context.model_copy(
            update={
                "passages": [
                    *context.passages,
                    *(
                        Passage.model_validate(row | {"number": number})
                        for number, row in enumerate(new, len(context.passages) + 1)
                    ),
                ]
            }
        )

    def _describe(self, plan: Plan, abstains: bool) -> None:
        """Builds the parts of the message besides its text."""
        context, model = self._context, self._tutor.model
        data: list[TutorDataPart] = []
        if abstains:
            data.append(
                {
                    "type": "data-abstain",
                    "data": {
                        "reason": "no_support",
                        "searched": len(context.passages),
                        "suggestions": [
                            {"lessonId": str(near.lesson_id), "title": near.title}
                            for near in context.closest
                        ],
                    },
                }
            )
        sources: list[TutorSource] = []
        if self._distress is None and not abstains:
            course_id = str(context.course.id)
            sources = [frames.source_part(passage, course_id) for passage in context.passages]
        generative = model.generative and self._distress is None and not abstains
        self._details = {
            "metadata": {
                "conversationId": str(context.conversation_id),
                "runId": str(context.turn_id),
                "provider": model.provider,
                "model": model.name,
                "generative": generative,
                "label": None if generative else text("label", plan.language),
                "promptVersion": prompt.PROMPT_VERSION,
                "mode": self._question.mode,
                "rung": plan.rung,
                "supportLevel": plan.support_level,
            },
            "rung": plan.rung,
            "intent": "distress" if self._distress else plan.intent,
            "abstained": abstains,
            "sources": sources,
            "data": data,
            "suggestions": list(plan.suggestions),
        }

    def _asked(self, plan: Plan, material: GuardMaterial, answer: Answer) -> Ask:
        model, context, question = self._tutor.model, self._context, self._question.text
        messages: tuple[ChatMessage, ...] = ()
        if model.generative:
            prompts = {str(item.question_id): item.prompt_md for item in material.items}
            # Parts of a question have its id with a suffix.
            named = dict.fromkeys(id_.partition("/")[0] for id_ in plan.item_ids)
            withheld = [prompts[id_] for id_ in named]
            notes = prompt.without_keys(
                material.guidance, material, language(context.course.locale)
            )
            messages = prompt.build(question, context, plan, notes, withheld)
        return Ask(messages, self._tutor.max_output_tokens, question, context, plan, answer.may_say)

    async def _again(self, answer: Answer, stream: ModelStream) -> ModelStream:
        """The answer goes on in another stream, without what it must not state."""
        assert self._ask is not None
        self._spent.append((self._ask, stream.usage))
        await _quietly(stream)
        messages = prompt.again(self._ask.messages, answer.content, answer.resume())
        self._ask = replace(self._ask, messages=messages)
        return await self._tutor.model.open(self._ask)

    async def _answer(self, run: Run, answer: Answer, stream: ModelStream | None) -> None:
        """Text, then settlement, then the last frames."""
        status, code = "complete", None
        self._tutor.saver.watch(run, answer, self._details)
        try:
            async with asyncio.timeout(self._tutor.run_seconds):
                if stream is None:
                    answer.say(
                        text("distress", self._distress)
                        if self._distress
                        else abstention.abstention(self._context, self._language)
                    )
                else:
                    answer.begin()
                    async for delta in stream:
                        answer.feed(delta)
                        if answer.is_stopped:
                            break
                    else:
                        answer.finish()
                    if answer.is_stopped:
                        stream = await self._again(answer, stream)
                        async for delta in stream:
                            answer.feed(delta)
                        answer.finish()
        except asyncio.CancelledError:
            status = "stopped"
            self._details["reason"] = run.end_reason or "shutdown"
        except TimeoutError:
            status, code = "failed", "provider_timeout"
        except ModelError as error:
            status, code = "failed", error.code
        except Exception as error:
            get_logger().error("run_failed", turn_id=str(run.turn_id), exc_info=error)
            status, code = "failed", "internal_error"
        # A stop during settlement is ignored: the turn is settled and readers get the last frames.
        await uninterrupted(self._end(run, answer, stream, status, code))

    async def _end(
        self, run: Run, answer: Answer, stream: ModelStream | None, status: str, code: str | None
    ) -> None:
        if stream is not None:
            await _quietly(stream)
        if status != "complete":
            answer.say(answer.citations.flush())
        if code is not None:
            self._details["problem"] = _problem(code)
        await self._settle(run, answer, stream, status)

    async def _settle(
        self, run: Run, answer: Answer, stream: ModelStream | None, status: str
    ) -> None:
        details, cited = self._details, answer.cited()
        if answer.guard_hits:
            details["data"].append(
                {
                    "type": "data-quiz-guard",
                    "data": {"held": answer.guard_hits, "reasons": sorted(answer.reasons)},
                }
            )
        if suggestions := details.pop("suggestions"):
            details["data"].append({"type": "data-suggestions", "data": {"items": suggestions}})
        usage: dict[str, Any] = {
            "abstained": details.pop("abstained"),
            "guard_hits": answer.guard_hits,
            "invalid_citations": answer.citations.invalid,
            "output_bytes": answer.raw_bytes,
        }
        if stream is None or not self._tutor.model.generative:
            usage |= {"input_tokens": 0, "output_tokens": 0}
        else:
            usage |= self._counted(stream.usage)
        settled = await self._tutor.hub.settle(
            self._finish(
                run,
                "refunded" if self._distress else status,
                content=answer.content,
                citations=cited,
                details=details,
                usage=usage,
            ),
            PATIENCE_SECONDS,
        )
        if settled is not None:
            run.emit(frames.AFTER, *frames.end_parts(status, cited, details | {"usage": settled}))
        else:
            problem = details | {"problem": _problem("not_saved_yet")}
            run.emit(frames.AFTER, *frames.end_parts("failed", cited, problem))
        get_logger().info(
            "turn",
            turn_id=str(run.turn_id),
            status=status,
            model=self._tutor.model.name,
            rung=details["rung"],
            abstained=usage["abstained"],
            guard_hits=answer.guard_hits,
            invalid_citations=answer.citations.invalid,
            settled=settled is not None,
        )

    def _counted(self, last: Usage | None) -> dict[str, int]:
        """The tokens of all streams; those that a provider did not count are left out."""
        assert self._ask is not None
        spent = [*self._spent, (self._ask, last)]
        known = [usage for _, usage in spent if usage is not None]
        if len(spent) == 1 and not known:
            return {}
        total = {
            "input_tokens": sum(usage.input_tokens for usage in known),
            "cached_tokens": sum(usage.cached_tokens for usage in known),
            "cache_write_tokens": sum(usage.cache_write_tokens for usage in known),
        }
        if len(known) == len(spent):
            return total | {"output_tokens": sum(usage.output_tokens for usage in known)}
        # A stream that was closed early says nothing: one token for three bytes.
        total["input_tokens"] += sum(
            len(message.content.encode()) // 3
            for ask, usage in spent
            if usage is None
            for message in ask.messages
        )
        return total

    async def _finish(self, run: Run, status: str, **answer: Any) -> TurnUsage | None:
        """Settle; the saver keeps the turn from expiring until the database has answered."""
        try:
            return await self._tutor.store.finish(self._context.turn_id, status, **answer)
        finally:
            self._tutor.saver.unwatch(run)

    async def _refund(self, run: Run) -> None:
        # Before the settlement: the saver would end the run of a settled turn.
        self._tutor.saver.unwatch(run)
        refund = self._tutor.store.refund(self._context.turn_id)
        await self._tutor.hub.settle(refund, REFUND_SECONDS)


def _problem(code: str) -> AnswerProblem:
    return {"code": code, "detail": _PROBLEMS.get(code, _PROBLEMS["internal_error"])}


async def _quietly(stream: ModelStream) -> None:
    try:
        await stream.aclose()
    except Exception as error:
        get_logger().warning("stream_not_closed", error=type(error).__name__)
