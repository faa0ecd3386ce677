// Shows what the address says. A page of yours would look the customer up with it.
const told = document.getElementById("told");
for (const [name, value] of new URLSearchParams(location.search)) {
  const term = document.createElement("dt");
  const says = document.createElement("dd");
  term.textContent = name;
  says.textContent = value || "–";
  told?.append(term, says);
}
