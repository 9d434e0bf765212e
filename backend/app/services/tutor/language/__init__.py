"""What depends on the language of a course: words, cues, fixed texts."""
