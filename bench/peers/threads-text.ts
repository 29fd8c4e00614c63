export const threadsText = (threads: number) => (threads === 1 ? '1 thread' : `${threads} threads`);
