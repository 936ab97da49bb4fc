/** Every key of the query cache, so that the stream and the panels mean the same thing. */

export const keys = {
  choice: ["choice"] as const,
  paused: ["paused"] as const,
  recording: ["recording"] as const,
  activity: ["activity"] as const,
  spores: ["spore"] as const,
  spore: (url: string) => ["spore", url] as const,
  live: (url: string) => ["live", url] as const,
  health: (url: string) => ["spore", url, "health"] as const,
  token: (url: string) => ["spore", url, "token"] as const,
  swarm: (url: string) => ["spore", url, "swarm"] as const,
  memory: (url: string) => ["spore", url, "memory"] as const,
  entry: (url: string, id: string) => ["spore", url, "entry", id] as const,
  search: (url: string, query: string) => ["spore", url, "search", query] as const,
  task: (url: string, id: string) => ["spore", url, "task", id] as const,
  receipt: (url: string, id: string) => ["spore", url, "receipt", id] as const,
  /** Summaries the stream brought lately, by task id: for a list whose reading began before they came. */
  allLiveTasks: ["live-tasks"] as const,
  liveTasks: (url: string) => ["live-tasks", url] as const,
  taskLists: ["tasks"] as const,
  tasks: (urls: readonly string[], filter: string) => ["tasks", filter, ...urls] as const,
  part: (url: string, path: string) => ["spore", url, "part", path] as const,
  history: (url: string, metric: string, range: string) => ["spore", url, "history", metric, range] as const,
};
