/** How votes are combined at present. Part of the rule: a change here changes its version string. */
export const RULE_OPTIONS = { interference: true } as const;
