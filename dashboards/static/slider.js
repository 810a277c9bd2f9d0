// Puts a slider under each number of a form that has bounds close enough to draw between.
// It is for mouse and finger; keyboard and screen reader have the number itself, and
// without this script nothing is lost.
for (const number of document.querySelectorAll('form.slides input[type=number]')) {
  const steps = (number.max - number.min) / (number.step || 1);
  if (!(steps > 0 && steps <= 500)) continue;
  const slider = document.createElement('input');
  Object.assign(slider, {type: 'range', min: number.min, max: number.max, step: number.step || 1, tabIndex: -1, className: 'slider'});
  slider.setAttribute('aria-hidden', 'true');
  slider.value = number.value || number.min;
  slider.addEventListener('input', () => { number.value = slider.value; });
  slider.addEventListener('change', () => number.form.requestSubmit());
  number.addEventListener('input', () => { slider.value = number.value; });
  number.parentElement.append(slider);
}
