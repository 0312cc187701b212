// Forms to central, with the session's token.

const csrf = document.querySelector("meta[name=csrf]").content;

// What came of it: {ok, code, detail, ...}. Nothing is thrown.
export async function send(path, fields) {
  try {
    const reply = await fetch(path, {
      method: "POST",
      body: new URLSearchParams({ ...fields, csrf }),
    });
    const said = await reply.json();
    if (said.code === "signed_out") location.assign("/signin");
    return said;
  } catch {
    return { ok: false, code: "no_connection" };
  }
}
