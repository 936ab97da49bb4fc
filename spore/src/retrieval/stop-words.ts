/**
 * Function words: words that say how a sentence is built and nothing about what it is about.
 *
 * ENGLISH_STOP_WORDS are left out of the index and of queries. The lists of the other languages do the same for text
 * of that language, and also tell which language a text is in (language.ts): function words are the most frequent words
 * of every language, so a handful of them identifies it (Cavnar & Trenkle 1994 found the same of short n-grams).
 * A word that two languages share ("de", "in") votes for both and so decides nothing.
 */

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

export const ENGLISH_STOP_WORDS = words(`
  a about after all also am an and any are as at be because been before being between both but by can could did do does
  doing done during each for from further get got had has have having he her here hers him his how i if in into is it its
  just like me more most my no nor not of off on once only or other our ours out over own same she should so some such
  than that the their theirs them then there these they this those through to too under until up upon us very was we
  were what when where which while who whom whose why will with would you your yours dont didnt doesnt isnt wasnt im ive
  its thats cant wont youre
`);

/** BCP 47 code → its function words, without diacritics folded: "für" is evidence, "fur" is not. */
export const FUNCTION_WORDS: Readonly<Record<string, ReadonlySet<string>>> = {
  da: words(
    "af at blev da de den der det dig du efter eller en er et for fra han har hun hvad hvis hvor ikke ind jeg kan med meget men mig nogle når og også om op os på sig skal som til ud var ved vi vil være",
  ),
  de: words(
    "aber als am an auch auf aus bei bin bis das dass dem den der des die dich dir doch du durch ein eine einem einen einer es für hat habe ich ihr im in ist ja kann mein mich mit nach nicht noch nur oder sehr sein sich sie sind so um und uns unter vom von vor war was wenn wer wie wir wird wo zu zum zur über",
  ),
  es: words(
    "al con cuando cómo de del donde dónde el ella ellos en era es esta este esto está están fue ha hay la las le lo los me mi muy más no nos o para pero por porque que quien qué se ser si sin sobre son su sus también te tiene tu un una y ya yo",
  ),
  fi: words(
    "ei että hän ja joka jos kanssa kuin kun me minä mitä mutta myös ne niin nyt oli olla on ovat se sekä siitä sinä tai tämä vain voi",
  ),
  fr: words(
    "au aux avec ce ces cette comme dans de des du elle elles en est et eux il ils je la le les leur lui mais me mes moi mon même ne nos notre nous on ont ou où par pas plus pour qu que qui quoi sa sans se ses son sont sur ta te tes toi ton tu un une vos votre vous à été être",
  ),
  hu: words(
    "a az de egy ez és hogy hol igen is ki le meg mert mi mint most nem nincs ott sem te van volt vagy ő",
  ),
  it: words(
    "ai al alla alle anche che chi ci come con cosa da dal dalla de dei del della delle di dove e ed era gli ha ho i il in io la le lei lo loro ma mi mio molto ne nei nel nella noi non o per perché più quando questa questo se sei si sono su sua suo ti tu un una uno vi voi è",
  ),
  nl: words(
    "aan als bij dat de deze die dit door een en er haar had heb heeft hem het hij hoe hun ik in is je kan maar me met mijn naar niet nog of om onze ook op over te tot uit u van veel voor waar was wat we wel wie wij zal ze zich zijn zo",
  ),
  no: words(
    "at av da de den der det du eller en er et etter for fra ha han har hun hva hvis hvor ikke jeg kan med meg men mye noen når og også om opp oss på seg skal som til ut var ved vi vil være",
  ),
  pt: words(
    "ao aos as com como da das de dela dele do dos e ela ele em entre era essa esse esta este está eu foi há isso isto já lhe mais mas me meu minha muito na nas no nos não nós o onde os ou para pela pelo por porque quando que quem se sem ser seu sua são só também te tem um uma você é à",
  ),
  ro: words(
    "a acest această ai al ale am ar au ca care ce cu cum da dar de din ea ei el este eu fi fost în într la le lui mai mea meu mi nu o pe pentru prin sau se sunt sau să te tu un una unde și",
  ),
  sv: words(
    "att av blev de dem den det dig din du där efter eller en ett från för han har hon hur här i icke inte jag kan med men mig mycket ni nu när och också om oss på sig sin ska som till ut var vad vi vid vill är över",
  ),
  tr: words(
    "ama ben bir biz bu çok da daha de değil en gibi için ile ise kadar ki kim mi mu mı nasıl ne neden nerede o olan olarak onlar sen siz şu var ve veya ya yok",
  ),
};
