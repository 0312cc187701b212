// The stream of what changes. It says when it is cut, and comes back by itself.

const SILENT_MS = 15_000; // three beats
const AGAIN_MS = 2_000;

// `on` has a function for each message (state, glance, venue, curve, beat), and `cut` and `gone`.
// Returns how to listen to another venue.
export function listen(venue, on) {
  let source, watchdog;

  function alive() {
    clearTimeout(watchdog);
    watchdog = setTimeout(again, SILENT_MS);
  }

  function open() {
    source = new EventSource(`/events?venue=${encodeURIComponent(venue)}`);
    alive();
    for (const name of ["glance", "curve", "venue", "state", "beat"]) {
      source.addEventListener(name, (event) => {
        alive();
        on[name](JSON.parse(event.data));
      });
    }
    source.addEventListener("gone", () => {
      source.close();
      on.gone();
    });
    source.addEventListener("error", () => {
      on.cut();
      if (source.readyState === EventSource.CLOSED) ask();
    });
  }

  // Half open, or given up by the browser: begin anew.
  function again() {
    source.close();
    on.cut();
    open();
  }

  // A refused stream does not say why: signed out, or central is not there?
  async function ask() {
    clearTimeout(watchdog);
    try {
      const reply = await fetch("/session");
      if (reply.status === 401) return on.gone();
    } catch {
      // Not there.
    }
    watchdog = setTimeout(again, AGAIN_MS);
  }

  window.addEventListener("offline", () => on.cut());
  window.addEventListener("online", again);
  window.addEventListener("pagehide", () => source.close());
  window.addEventListener("pageshow", (event) => event.persisted && again());
  open();
  return (another) => {
    venue = another;
    source.close();
    open();
  };
}
