-- needs:
-- The words of the lexicon score: polarity 1 points up, -1 down.
-- run: lexicon_words

select word, language, polarity from lexicon_words order by language, polarity desc, word;
