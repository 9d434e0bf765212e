"""The shapes of the contract that the catalogue of Postgres cannot express.

`ANSWERS` has the whole answer of each function of schema public that returns JSON, a declared table
or a composite type. `COLUMNS` has the columns of tables that are JSON, ranges or one of a few
texts, and `ROWS` the functions that return rows of these tables. `ARGUMENTS` has the parameters
that are JSON or one of a few texts, and `DETAILS` the JSON in the details of errors.
`make types` writes the shapes into supabase/database.types.ts, and the tests validate answers with
them.
"""

from typing import Any, Final, Literal

from app.models import bundle
from app.models.rpc import (
    analytics,
    base,
    budgets,
    courses,
    errors,
    events,
    files,
    grading,
    people,
    questions,
    search,
    stream,
    tutor,
)

ANSWERS: Final[dict[str, Any]] = {
    "at_risk_learners": list[analytics.RiskRow],
    "begin_tutor_turn": tutor.Turn,
    "budgets": list[budgets.Budget],
    "clone_course": courses.CourseImport,
    "complete_course": courses.CourseCompletion,
    "complete_learners": list[courses.CompletedLearner],
    "complete_lesson": courses.LessonCompletion,
    "course_activity": list[analytics.ActivityRow],
    "course_funnel": list[analytics.FunnelRow],
    "course_learners": list[analytics.LearnerRow],
    "course_outline": courses.CourseOutline,
    "course_overview": analytics.CourseOverview,
    "course_problems": list[courses.ProblemRow],
    "course_team": list[people.TeamMember],
    "create_course_code": courses.CourseCode,
    "enroll": courses.EnrollmentAnswer,
    "enroll_roster": list[courses.RosterLine],
    "export_course": bundle.Bundle,
    "explain_access": courses.LessonAccess,
    "finish_tutor_turn": tutor.FinishedTurn,
    "import_course": courses.CourseImport,
    "grade_history": list[grading.GradeHistoryRow],
    "gradebook": list[grading.GradebookRow],
    "instructor_dashboard": list[analytics.DashboardRow],
    "lab_queue": list[grading.LabQueueRow],
    "rubric": list[grading.Criterion],
    "learners_to_complete": list[courses.ReadyLearner],
    "lesson_access": list[courses.LessonAccessRow],
    "lesson_page": courses.LessonPage,
    "course_codes": list[courses.CourseCodeRow],
    "lesson_source": list[courses.LessonSource],
    "my_learning": list[courses.LearningRow],
    "passages_to_embed": list[search.PassageToEmbed],
    "platform_overview": analytics.PlatformOverview,
    "publish_course": courses.Publication,
    "question_keys": list[questions.QuestionKeyRow],
    "question_stats": list[questions.QuestionStatsRow],
    "register_tutor_model": tutor.ModelPrice,
    "quiz_overrides": list[grading.QuizOverrideRow],
    "regrade_quiz": grading.Regrade,
    "review_attempt": questions.Review,
    "run_maintenance": analytics.Maintenance,
    "fold_facts": list[analytics.Fold],
    "save_budget": budgets.Budget,
    "save_answer": questions.TimedAttempt,
    "save_model_price": tutor.ModelPrice,
    "save_rubric": list[grading.Criterion],
    "save_tutor_guidance": tutor.TutorGuidance,
    "save_tutor_settings": tutor.TutorSettings,
    "search": list[search.FoundRow],
    "search_facets": list[search.FacetRow],
    "search_passages": list[search.PassageRow],
    "save_quiz_override": grading.QuizOverride,
    "set_user_role": courses.RoleChange,
    "set_tutor_limit": tutor.TutorLimit | None,
    "start_attempt": questions.TimedAttempt,
    "submit_attempt": questions.TimedAttempt,
    "suggest": list[search.SuggestionRow],
    "unused_objects": list[files.UnusedObject],
    "tutor_guard_material": tutor.GuardMaterial,
    "tutor_guidance": list[tutor.TutorGuidance],
    "tutor_history": list[stream.TutorHistoryRow],
    "tutor_quota": tutor.TutorQuota,
    "tutor_usage": list[tutor.TutorUsageRow],
    "unpublish_course": courses.Publication,
    "verify_certificate": courses.Certificate,
}

COLUMNS: Final[dict[str, dict[str, Any]]] = {
    "lab_submissions": {"criteria": list[grading.GradedCriterion] | None},
    "learning_events": {"kind": events.EventKind, "detail": events.EventDetail},
    "lesson_passages": {"source": base.PassageSource},
    # JSON represents ranges and intervals as text.
    "lesson_progress": {"watched": str},
    "lessons": {"release_after": str | None},
    "questions": {"options": questions.QuestionOptions},
    "quiz_attempts": {
        "items": list[questions.Item],
        "answers": dict[str, questions.Answer],
        "revisions": dict[str, int],
    },
    "tutor_messages": {
        "role": tutor.MessageRole,
        "status": tutor.MessageStatus,
        "citations": list[stream.StoredCitation],
        "details": stream.MessageDetails,
    },
}

ROWS: Final[dict[str, str]] = {
    "archive_lesson": "lessons",
    "archive_question": "questions",
    "claim_submission": "lab_submissions",
    "close_attempt": "quiz_attempts",
    "grade_lab": "lab_submissions",
    "override_grade": "quiz_attempts",
    "record_progress": "lesson_progress",
    "reorder_lessons": "lessons",
    "reorder_questions": "questions",
    "restore_lesson_archive": "lessons",
    "restore_question_archive": "questions",
    "save_question": "questions",
    "submit_lab": "lab_submissions",
}

ARGUMENTS: Final[dict[str, dict[str, Any]]] = {
    "begin_tutor_turn": {"mode": tutor.TutorMode},
    "course_learners": {"sort": analytics.LearnerSort},
    "enroll_roster": {"learners": list[courses.RosterEntry]},
    "finish_tutor_turn": {
        "status": Literal["complete", "stopped", "failed", "refunded"],
        "citations": list[stream.StoredCitation],
        "details": stream.MessageDetails,
        "usage": tutor.ReportedUsage,
    },
    "import_course": {"bundle": bundle.Bundle},
    # A null score is computed from the criteria.
    "grade_lab": {"score": float | None, "feedback": str | None, "criteria": dict[str, float]},
    # A null score takes an overridden one back.
    "override_grade": {"score": float | None},
    "record_progress": {"watched": list[tuple[float, float]]},
    "save_answer": {"answer": questions.Answer | None},
    "save_embeddings": {"passages": list[search.PassageEmbedding]},
    "save_question": {
        "options": questions.QuestionOptions,
        "key": questions.QuestionKey,
        "feedback": questions.Feedback,
    },
    "save_rubric": {"criteria": list[grading.Criterion]},
    "save_tutor_answers": {"answers": list[stream.SavedAnswer]},
    "save_tutor_settings": {"max_support_level": tutor.SupportLevel},
    "save_budget": {"kind": budgets.BudgetKind},
    "set_tutor_limit": {
        "scope": tutor.QuotaScope,
        "period": tutor.Period,
        "meter": tutor.Meter,
        "max_amount": int | None,
    },
}

DETAILS: Final[dict[str, Any]] = {
    "budget_exceeded": errors.BudgetExceeded,
    "course_closed": errors.CourseClosed,
    "course_incomplete": errors.CourseIncomplete,
    "file_not_found": errors.FileNotFound,
    "invalid_address": errors.InvalidAddress,
    "invalid_bundle": errors.InvalidBundle,
    "invalid_question": errors.InvalidQuestion,
    "invalid_score": errors.InvalidScore,
    "lesson_locked": errors.LessonLocked | None,
    "lesson_rule": errors.LessonRule,
    "not_enrolled": errors.NotEnrolled | None,
    "not_submitted": errors.NotSubmitted,
    "prerequisite_missing": errors.PrerequisiteMissing,
    "question_changed": errors.QuestionChanged,
    "quota_exceeded": errors.QuotaExceeded,
    "too_many_files": errors.TooManyFiles,
    "too_many_guesses": errors.TooManyGuesses,
    "too_many_versions": errors.TooManyVersions,
    "turn_in_progress": errors.TurnInProgress,
    "tutor_locked": errors.TutorLocked,
}
