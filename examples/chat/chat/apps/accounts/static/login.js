const form = document.querySelector("form");
const problem = document.getElementById("problem");
const button = form.querySelector("button");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  button.disabled = true;
  problem.textContent = "";
  problem.textContent = await login(Object.fromEntries(new FormData(form)));
  button.disabled = false;
  form.elements.password.select();
});

// Leaves the page, or says why not.
async function login(credentials) {
  try {
    const answer = await fetch("/login", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(credentials),
    });
    if (answer.ok) {
      location.replace("/");
      return "";
    }
    return answer.status === 401 ? "Wrong name or password." : "That did not work. Try again later.";
  } catch {
    return "The server can't be reached. Try again later.";
  }
}
