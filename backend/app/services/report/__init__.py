"""The report on a course: its facts, texts, charts and page."""
