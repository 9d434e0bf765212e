"""The report on a course: what it says, its words, its charts, its page."""
