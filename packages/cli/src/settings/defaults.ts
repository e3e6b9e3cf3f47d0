/** MLflow's port, so that clients with no setting find it. */
export const defaultPort = 5000

/** Port of a bot that runs alone. */
export const defaultBotPort = 5001
