"""The report on a reading, as the service answers with it."""

from app.schemas.imports import (
    ImportCounts,
    ImportLesson,
    ImportModule,
    ImportNote,
    ImportReport,
)
from app.services.formats.reading import Imported


def summarize(imported: Imported) -> ImportReport:
    """The report on a reading."""
    course = imported.bundle.course
    modules = [
        ImportModule(
            title=module.title,
            lessons=[
                ImportLesson(
                    slug=lesson.slug,
                    title=lesson.title,
                    content_type=lesson.content_type,
                    questions=0 if lesson.quiz is None else len(lesson.quiz.questions),
                    files=[file.path for file in lesson.files],
                )
                for lesson in module.lessons
            ],
        )
        for module in course.modules
    ]
    lessons = [lesson for module in modules for lesson in module.lessons]
    types = [lesson.content_type for lesson in lessons]
    return ImportReport(
        format=imported.format,
        title=course.title,
        slug=course.slug,
        counts=ImportCounts(
            modules=len(modules),
            lessons=len(lessons),
            quizzes=types.count("quiz"),
            labs=types.count("lab"),
            questions=sum(lesson.questions for lesson in lessons),
            skipped_questions=imported.report.skipped,
            files=len({path for lesson in lessons for path in lesson.files}),
        ),
        modules=modules,
        notes=[
            ImportNote(
                level=note.level,
                code=note.code,
                message=note.message,
                file=note.place.file,
                line=note.place.line,
                lines=note.lines,
                count=note.count,
            )
            for note in imported.report.notes
        ],
        notes_left_off=imported.report.left_off,
    )
