// Five questions of the landing page: which lesson to start with.

for (const places of document.querySelectorAll(".places")) {
  const questions = [...places.querySelectorAll("fieldset")]
  const placed = places.querySelector(".placed")
  const [said, ...signs] = placed?.querySelectorAll("p") ?? []
  places.addEventListener("change", () => {
    const chosen = questions.map((one) => one.querySelector("input:checked"))
    for (const [number, input] of chosen.entries()) {
      if (!(input instanceof HTMLInputElement)) continue
      const question = questions[number]
      const right = input.value === question.dataset.right
      question.dataset.verdict = right ? "right" : "wrong"
      const summary = question.querySelector("summary")
      if (summary) summary.textContent = right ? "Right" : "Not so"
      question.querySelector("details")?.setAttribute("open", "")
    }
    if (!chosen.every(Boolean)) return
    const right = questions.map((one) => one.dataset.verdict === "right")
    const first = right.includes(false) ? right.indexOf(false) : right.length
    const known = right.filter(Boolean).length
    said.textContent = `You knew ${known} of ${right.length}.`
    said.hidden = false
    for (const [number, sign] of signs.entries()) sign.hidden = number !== first
  })
}
