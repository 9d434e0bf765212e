"""What may leave the tutor: sentences, comparisons with what is withheld, citations."""
