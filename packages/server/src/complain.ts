/** Which of the application's functions failed. */
export type Complainant = 'authorize' | 'origins' | 'protocols' | 'sameUser' | 'trustProxy' | 'body';

/**
 * Surfaces an error of one of the application's functions, which ran on what a client sent: it must neither end the process, or any client
 * could, nor pass unnoticed.
 */
export type Complain = (where: Complainant, error: unknown) => void;
