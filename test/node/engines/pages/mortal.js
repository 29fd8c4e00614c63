// The library's worker, except that it ends on request, at once or at its next job.

importScripts('worker.js');

const work = self.onmessage;
let end;

self.onmessage = (event) => {
  const { data } = event;
  if (data.end) end = data.end;
  if (end === 'at once') close();
  else if (end && data.name) {
    if (end === 'with an error') throw new Error('an error of its own');
    close();
  } else if (!data.end) work(event);
};
