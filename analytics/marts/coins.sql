-- needs: lake.markets
-- The names by which texts are searched for coins: those of the venues' lists and our aliases, by commas.
-- run: coin_names

select coin, korean_names, english_names from coin_names order by coin;
