/** What clients send that does not come back. How many messages they have had: */
export const CREDIT = 'credit ';
/** That they want to be sent to, and how: */
export const PUSH = 'push ';
/** That what comes now is to be counted, and after how many messages they want to be told so: */
export const SINK = 'sink ';
