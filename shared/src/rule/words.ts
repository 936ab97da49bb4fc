/**
 * The word lists behind stance.ts, apart from it so that they can be read, questioned and extended on their own.
 * All lower case. Every list is small on purpose: a word belongs here when leaving it out has made two texts agree
 * that should not, or disagree that should not (stance.test.ts holds the pairs).
 */

/** Words that flip the sign of their clause. */
export const NEGATORS: ReadonlySet<string> = new Set(
  (
    "not no never neither nor none nothing nobody nowhere without cannot cant wont dont doesnt isnt arent shouldnt " +
    "avoid avoids avoiding refuse refuses reject rejects rejected deny denies denied lack lacks lacking fail fails " +
    "failed refrain refrains few minority against unlikely hardly scarcely barely stop stops prevent prevents forbid forbids " +
    "forbidden prohibit prohibits prohibited false untrue wrong incorrect disagree"
  ).split(" "),
);

/** Turns of phrase that look like negation and are none, or the opposite. Removed before clauses are read. */
export const NO_NEGATION =
  /\b(?:no doubt|without (?:a )?doubt|no question|not only|not just|nothing but|no matter|not to mention|cannot but|whether or not|if not|a few)\b/giu;

/** Where one clause ends and another, with its own sign, begins. */
export const CLAUSE_BREAKS =
  /[,;:()—–]|[.!?](?=\s|$)|\s-\s|\b(?:but|however|although|though|because|since|whereas|while|yet|so that|unless|if|when|which|and instead)\b/giu;

/** What follows stands against what came before: "A rather than B", "prefer A over B", "A is faster than B". */
export const CONTRASTS =
  /\b(?:rather than|instead of|as opposed to|in preference to|than|(?<=\b(?:choose|chose|prefer|preferred|preferable|pick|favou?r|select|recommend|adopt|use|using|better)\b.{1,40})over|versus|vs)\b/giu;

/** Opposites: each maps to the word it is the opposite of, and flips its clause as a negator does. */
export const ANTONYMS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    decrease: "increas",
    decreas: "increas",
    decreases: "increas",
    reduce: "increas",
    reduc: "increas",
    lower: "higher",
    fewer: "more",
    less: "more",
    worse: "better",
    worst: "best",
    slower: "faster",
    slow: "fast",
    smaller: "larger",
    small: "larg",
    shorter: "longer",
    weaker: "stronger",
    weak: "strong",
    fall: "rise",
    falls: "rise",
    fell: "rose",
    loses: "win",
    lose: "win",
    lost: "won",
    disable: "enabl",
    disabl: "enabl",
    unsafe: "safe",
    dangerous: "safe",
    danger: "safe",
    impossible: "possibl",
    impossibl: "possibl",
    illegal: "legal",
    invalid: "valid",
    insecure: "secur",
    insecur: "secur",
    unable: "abl",
    unabl: "abl",
    unreliable: "reliabl",
    unreli: "reliabl",
    inefficient: "effici",
    ineffici: "effici",
    unnecessary: "necessari",
    unnecessari: "necessari",
    insufficient: "suffici",
    insuffici: "suffici",
    inconsistent: "consist",
    unstable: "stabl",
    unstabl: "stabl",
    bad: "good",
    cheaper: "dearer",
    cold: "hot",
    colder: "hotter",
    below: "abov",
    after: "befor",
    later: "earlier",
    last: "first",
    oppose: "support",
    oppos: "support",
    close: "open",
    closed: "open",
    exclude: "includ",
    exclud: "includ",
    remove: "add",
    remov: "add",
    disallow: "allow",
    minimum: "maximum",
    minimis: "maximis",
    minimiz: "maximis",
    underestimate: "overestim",
    underestim: "overestim",
    guilty: "innoc",
    guilti: "innoc",
    absent: "present",
    negative: "posit",
    neg: "posit",
    unsuitable: "suitabl",
    unsuit: "suitabl",
    untrustworthy: "trustworthi",
    disproved: "prove",
    disprov: "prove",
    unaffected: "affect",
    unaffect: "affect",
  }),
);

export const NUMBER_WORDS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    zero: "0",
    two: "2",
    three: "3",
    four: "4",
    five: "5",
    six: "6",
    seven: "7",
    eight: "8",
    nine: "9",
    ten: "10",
    eleven: "11",
    twelve: "12",
    thirteen: "13",
    fourteen: "14",
    fifteen: "15",
    sixteen: "16",
    seventeen: "17",
    eighteen: "18",
    nineteen: "19",
    twenty: "20",
    thirty: "30",
    forty: "40",
    fifty: "50",
    sixty: "60",
    seventy: "70",
    eighty: "80",
    ninety: "90",
    hundred: "100",
  }),
);

/**
 * Words that say nothing about which answer it is: function words, and the verbs of recommending, which every answer
 * to "what should we do" holds in one form or another. A negated "use" still counts through the words around it.
 */
export const STOP_WORDS: ReadonlySet<string> = new Set(
  (
    "a an the this that these those it its it's is are was were be been being am do does did doing done have has had " +
    "having will would shall should can could may might must of in on at by for from to into onto with within as and " +
    "or so then there here i we you they he she us our your their his her my me them who whom whose what which how " +
    "very quite rather really just also too only even still about around approximately roughly think believe answer " +
    "correct result final therefore thus hence best better good choose choosing choice chose pick select selecting " +
    "recommend recommended recommends recommendation suggest suggests adopt adopting go going option opt use using " +
    "used uses make makes made yes true s t re ve ll d m most likely probably clearly definitely certainly one"
  ).split(" "),
);
