"""The query service as an ASGI application, run alone or mounted by the gateway."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from fastapi import FastAPI

from services.query.answers.extractive import ExtractiveAnswerer
from services.query.conversations.store import ConversationStore
from services.query.dependencies import QueryDeps
from services.query.history.log_writer import LogWriter
from services.query.making import AnswerMaker
from services.query.pictures import PictureSearch
from services.query.read_models.check import problems
from services.query.retrieval.caches import QuestionVectors
from services.query.retrieval.dense import DenseRetriever
from services.query.retrieval.keywords import KeywordRetriever
from services.query.retrieval.model_rescoring import ModelRescoring
from services.query.retrieval.retrieval import Retrieval
from services.query.retrieval.synonyms import Synonyms
from services.query.routes.conversations import conversation_routes
from services.query.routes.embeddings import embedding_routes
from services.query.routes.history import history_routes
from services.query.routes.model import model_routes
from services.query.routes.openai import openai_routes
from services.query.routes.pictures import picture_routes
from services.query.routes.questions import question_routes
from services.query.routes.vector_stores import vector_store_routes
from services.query.service import QueryService
from services.query.writer import open_writer
from shared.database.base import Database
from shared.http.app import health_routes, install_problem_handlers, serve_description
from shared.repositories.access import CallerDatabase


def build_app(deps: QueryDeps) -> FastAPI:
    """Return the application; the caller enters its lifespan, whose exit writes the last logs."""
    logs = LogWriter(deps.database)
    # What requests read is bounded by their caller's rights; logs, read models and checks are not.
    database = CallerDatabase(deps.database)
    service = _service(deps, database, logs)
    maker = AnswerMaker(service, deps.streams, at_once=deps.settings.answers_at_once)
    # Bounded by their principal, in each statement.
    conversations = ConversationStore(deps.database, logs)
    pictures = PictureSearch(
        database, service.retrieval, deps.pictures, deps.blobs, everything=deps.database
    )

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await conversations.fail_interrupted()
        yield
        await maker.close()
        if deps.model:
            await deps.model.close()
        await pictures.close()
        await logs.close()

    app = FastAPI(
        title="Quire: questions", openapi_url=None, redirect_slashes=False, lifespan=lifespan
    )
    install_problem_handlers(app)
    settings = deps.settings
    app.include_router(model_routes(deps.model))
    app.include_router(question_routes(service, maker, conversations, default_top_k=settings.top_k))
    app.include_router(conversation_routes(conversations))
    app.include_router(openai_routes(service, maker, database, default_top_k=settings.top_k))
    app.include_router(embedding_routes(deps.encoder))
    app.include_router(vector_store_routes(service, database))
    app.include_router(picture_routes(pictures, default_top_k=settings.top_k))
    app.include_router(history_routes(database, logs))
    app.include_router(health_routes(deps.ready))
    serve_description(app)

    @app.get("/encoder", include_in_schema=False)
    async def encoder() -> dict[str, Any]:
        """Return the encoder whose vectors the index must hold, for `reindex`."""
        return {"name": deps.encoder.name, "dimension": deps.encoder.dimension}

    @app.get("/read-models", include_in_schema=False)
    async def read_models() -> dict[str, Any]:
        """Return the faults of this process's read models, for `quire verify`."""
        return {"problems": await problems(deps.database, deps.follower)}

    return app


def _service(deps: QueryDeps, database: Database, logs: LogWriter) -> QueryService:
    encoder = deps.encoder
    questions = QuestionVectors(encoder)
    dense = DenseRetriever(database, deps.index, deps.vectors, questions, encoder.name)
    keywords = KeywordRetriever(
        database, deps.keywords, Synonyms.from_file(deps.settings.synonyms_file)
    )
    return QueryService(
        retrieval=Retrieval(
            database,
            [dense, keywords],
            unknown_share=encoder.unknown_share,
            caught_up=deps.follower.caught_up,
            model=ModelRescoring(deps.rescorer) if deps.rescorer else None,
        ),
        answerer=ExtractiveAnswerer(
            encoder, min_score=deps.settings.answer_min_score, questions=questions
        ),
        logs=logs,
        writer=open_writer(deps.settings, deps.database, deps.model),
    )
