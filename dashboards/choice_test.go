package dashboards

import (
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/lifespan"
	"github.com/ecoparc/ecoparc/models/quantity"
)

const devicePage = "/devices/device-0007"

// answerTo is the answer of a page to a query, in French with plain spaces.
func answerTo(t testing.TB, w *world, query url.Values) (status int, page string) {
	t.Helper()
	answer := w.fetch(t, devicePage, query.Encode())
	return answer.Code, plainSpaces.Replace(answer.Body.String())
}

func TestVerdictsAreFullAnswers(t *testing.T) {
	all := languagesOf(t)
	for _, c := range []struct {
		carbon, money, verdict lifespan.Verdict
		beyondDoubt            bool
		fr, en                 string
	}{
		{lifespan.Keep, lifespan.Keep, lifespan.Keep, false, "Le garder : remplacer ou réparer coûterait plus.", "Keep it: replacing or repairing it would cost more."},
		{lifespan.Replace, lifespan.Undecided, lifespan.Replace, false, "Le remplacer coûterait moins que le garder.", "Replacing it would cost less than keeping it."},
		{lifespan.Mend, lifespan.Mend, lifespan.Mend, false, "Le réparer coûterait moins que le garder ou le remplacer.", "Repairing it would cost less than keeping or replacing it."},
		{lifespan.Undecided, lifespan.Undecided, lifespan.Undecided, false, "Pas de différence que les données puissent montrer.", "No difference that the data can show."},
		{lifespan.Undecided, lifespan.Undecided, lifespan.Undecided, true, "Plusieurs choix se valent, autant que les données puissent le dire.", "Several choices are as good as each other, as far as the data can tell."},
		{lifespan.Keep, lifespan.Replace, lifespan.Undecided, true, "Le climat et le budget se contredisent ; à vous de trancher.", "The climate and the budget contradict each other; the decision is yours."},
	} {
		a := (&world{}).choice().Answer
		a.Carbon.Verdict, a.Money.Verdict, a.Verdict = c.carbon, c.money, c.verdict
		if !c.beyondDoubt {
			a.Carbon.Choices, a.Money.Choices = a.Carbon.Choices[:1], a.Money.Choices[:1]
		}
		for code, want := range map[quantity.Language]string{quantity.French: c.fr, quantity.English: c.en} {
			if got := plainSpaces.Replace(all[code].choice(a, choiceForm{}).Verdict); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		}
	}
}

func TestCriterionNamesTheBestAndWhatIsBeyondDoubt(t *testing.T) {
	fr := languagesOf(t)[quantity.French]
	grams := func(low, value, high float64) quantity.Interval[quantity.Grams] { return massOf(low, value, high) }
	w := lifespan.Weighing[quantity.Grams]{Verdict: lifespan.Undecided, Best: "battery", AsGood: []string{"keep", "new", "reconditioned"}, Choices: []lifespan.Weighed[quantity.Grams]{
		{Name: "keep"}, {Name: "new", Total: grams(10, 20, 30)}, {Name: "reconditioned", Total: grams(-5, 1, 9)}, {Name: "battery", Total: grams(-9, -5, -1)},
	}}
	want := "Pour le climat, les données ne départagent pas ; la valeur la plus basse : une batterie neuve. Tout aussi bien, autant qu’on sache : un appareil reconditionné. Sûrement mieux que garder : une batterie neuve. Sûrement pire que garder : un appareil neuf."
	if got := plainSpaces.Replace(by(fr, "carbon", w)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	w.Verdict, w.AsGood, w.Choices = lifespan.Keep, nil, w.Choices[:1]
	w.Best = "keep"
	if got := plainSpaces.Replace(by(fr, "money", w)); got != "Pour le budget, le mieux : garder l’appareil." {
		t.Error(got)
	}
}

func TestYearOfPayingBackIsSaidWithItsDoubt(t *testing.T) {
	fr := languagesOf(t)[quantity.French]
	for e, want := range map[lifespan.BreakEven]string{
		{}: "jamais, sur l’horizon", {Earliest: 4, Year: 4, Latest: 4}: "année 4", {Earliest: 3, Year: 4, Latest: 7}: "année 4 (3 à 7)",
		{Earliest: 3, Year: 5}: "année 5 (3 à au-delà)", {Earliest: 3}: "sans doute jamais (3 à au-delà)",
	} {
		if got := fr.even(e); got != want {
			t.Errorf("%+v is said as %q, want %q", e, got, want)
		}
	}
}

func TestEveryInputOfTheQuestionIsInTheForm(t *testing.T) {
	fr := languagesOf(t)[quantity.French]
	q := (&world{}).choice().Question
	inputs := 0
	var count func(v reflect.Value)
	count = func(v reflect.Value) {
		switch {
		case v.Kind() == reflect.Pointer:
			count(v.Elem())
		case v.Kind() == reflect.Slice:
			for i := range v.Len() {
				count(v.Index(i))
			}
		case v.Kind() == reflect.Struct && v.FieldByName("From").IsValid():
			inputs++
		case v.Kind() == reflect.Struct:
			for i := range v.NumField() {
				count(v.Field(i))
			}
		}
	}
	count(reflect.ValueOf(q))
	shown, names := 0, map[string]bool{}
	for _, g := range fr.choiceForm(&q, nil).Groups {
		for _, in := range g.Inputs {
			if len(in.Fields) == 3 {
				shown++
			}
			if in.From.Text == "" && len(in.Fields) == 3 {
				t.Errorf("%s does not say where it comes from", in.ID)
			}
			for _, f := range in.Fields {
				if names[f.Name] {
					t.Errorf("two fields are called %s", f.Name)
				}
				names[f.Name] = true
			}
		}
	}
	if shown != inputs || inputs < 20 {
		t.Errorf("the form has %d inputs, the question %d", shown, inputs)
	}
	if !names["discount"] || !names["horizon"] {
		t.Error("discount or horizon cannot be changed")
	}
}

// Sending the form as it was shown changes nothing, though its fields are rounded.
func TestFormSentBackAsItWasChangesNothing(t *testing.T) {
	for _, l := range languagesOf(t) {
		q, was := (&world{}).choice().Question, (&world{}).choice().Question
		sent := url.Values{}
		for _, g := range l.choiceForm(&q, nil).Groups {
			for _, in := range g.Inputs {
				for _, f := range in.Fields {
					sent.Set(f.Name, f.Value)
				}
			}
		}
		if f := l.choiceForm(&q, sent); f.Changed || len(f.Errors) > 0 || !reflect.DeepEqual(q, was) {
			t.Errorf("%s: changed is %v, errors %v", l.code, f.Changed, f.Errors)
		}
	}
}

func TestChangedInputsAreTakenInTheirUnits(t *testing.T) {
	fr := languagesOf(t)[quantity.French]
	q := (&world{}).choice().Question
	f := fr.choiceForm(&q, url.Values{
		"new-price": {"1 234,5"}, "new-embodied": {"200"}, "new-embodied-low": {"150"}, "new-embodied-high": {"250"}, "old-energy": {"12.5"},
		"reconditioned-share": {"30"}, "battery-price": {"90"}, "discount": {"4"}, "horizon": {"12"}, "intensity-high": {"80"},
	})
	if len(f.Errors) > 0 || !f.Changed {
		t.Fatalf("%+v", f.Errors)
	}
	for name, pair := range map[string][2]any{
		"price":     {q.NewPrice, lifespan.Entered[quantity.Euros](1234.5, 1234.5, 1234.5)},
		"embodied":  {q.NewEmbodied, lifespan.Entered[quantity.Grams](150e3, 200e3, 250e3)},
		"energy":    {q.OldEnergy, lifespan.Entered[quantity.WattHours](12500, 12500, 12500)},
		"share":     {q.Reconditioned.Share, lifespan.Entered(0.3, 0.3, 0.3)},
		"part":      {q.Repairs[0].Price, lifespan.Entered[quantity.Euros](90, 90, 90)},
		"discount":  {q.Discount, 0.04},
		"horizon":   {q.HorizonYears, 12},
		"intensity": {q.Intensity.High, 80.0},
		"untouched": {q.NewLife.From, "lifetime.laptop"},
	} {
		if !reflect.DeepEqual(pair[0], pair[1]) {
			t.Errorf("%s is %v, want %v", name, pair[0], pair[1])
		}
	}
	if q.Intensity.Value != (&world{}).choice().Question.Intensity.Value {
		t.Error("changing a bound changed the value")
	}
}

// A price at which replacing is free must turn the answer of the budget, and only on
// the page that asked.
func TestPageAnswersWithWhatWasEntered(t *testing.T) {
	w := &world{name: "Lycée", devices: 1}
	status, before := answerTo(t, w, url.Values{})
	if status != http.StatusOK || strings.Contains(before, "que vous avez saisis") || strings.Contains(before, "saisi ici") {
		t.Errorf("%d, or the page speaks of what nobody entered", status)
	}
	cheap := url.Values{"new-price": {"0"}, "reconditioned-price": {"900"}, "year": {"2025"}}
	status, after := answerTo(t, w, cheap)
	for _, want := range []string{"Calculé avec les nombres que vous avez saisis.", "saisi ici", `name="new-price" value="0"`, `href="/devices/device-0007?inputs=shown&amp;year=2025"`, `type="hidden" name="year" value="2025"`, `<section id="inputs">`} {
		if !strings.Contains(after, want) {
			t.Errorf("the page does not have %s", want)
		}
	}
	cell := regexp.MustCompile(`Remplacer par du neuf</th><td>([^<]*)</td><td>[^<]*</td><td>([^<]*)</td>`)
	tableOf := func(query url.Values) string {
		query.Set("table", "choice")
		_, page := answerTo(t, w, query)
		return page
	}
	a, b := cell.FindStringSubmatch(tableOf(url.Values{})), cell.FindStringSubmatch(tableOf(cheap))
	if status != http.StatusOK || a == nil || b == nil || a[1] != b[1] || a[2] == b[2] {
		t.Errorf("%d: before %q, after %q: only the budget should differ", status, a, b)
	}
}

func TestBadInputsAreSaidBesideTheirFieldsAndNothingIsLost(t *testing.T) {
	w := &world{name: "Lycée", devices: 1}
	for name, c := range map[string]struct {
		query url.Values
		error string
	}{
		"new-price":    {url.Values{"new-price": {evil}}, "n’est pas un nombre."},
		"new-life":     {url.Values{"new-life": {"0"}}, "il faut un nombre de 0,25 à 100."},
		"old-energy":   {url.Values{"old-energy": {"-1"}}, "il faut un nombre d’au moins 0."},
		"new-embodied": {url.Values{"new-embodied": {"200"}, "new-embodied-low": {"210"}}, "il faut : de ≤ valeur ≤ à."},
		"discount":     {url.Values{"discount": {"100"}}, "il faut un nombre de 0 à 99."},
		"horizon":      {url.Values{"horizon": {"NaN"}}, "n’est pas un nombre."},
		"electricity":  {url.Values{"electricity": {"1e999"}}, "n’est pas un nombre."},
		"inputs":       {url.Values{"battery-energy": {"-500"}}, "Ces nombres ne vont pas ensemble"},
	} {
		c.query.Set("ssd-price", "77")
		status, page := answerTo(t, w, c.query)
		if status != http.StatusBadRequest {
			t.Errorf("%s: status %d, want 400", name, status)
		}
		listed := regexp.MustCompile(`(?s)role="alert".*?</div>`).FindString(page)
		if !strings.Contains(listed, `href="#`+name+`"`) || !strings.Contains(listed, c.error) || !strings.Contains(page, `id="`+name+`"`) {
			t.Errorf("%s: the list of errors is %s", name, listed)
		}
		if name != "inputs" && (!strings.Contains(page, `id="`+name+`-wrong"`) || !strings.Contains(page, `aria-describedby="`+name+`-wrong"`)) {
			t.Errorf("%s: no error stands beside the field", name)
		}
		if !strings.Contains(page, `name="ssd-price" value="77"`) || strings.Contains(page, "<script") {
			t.Errorf("%s: what else was typed is lost, or became markup", name)
		}
		for field, typed := range c.query {
			if want := fmt.Sprintf(`name="%s" value="%s"`, field, htmlText(typed[0])); !strings.Contains(page, want) {
				t.Errorf("%s: the page lost %s", name, want)
			}
		}
		if strings.Contains(page, "Calculé avec les nombres") || strings.Count(page, htmlText(evil)) > 3 {
			t.Errorf("%s: the page says that it computed, or copies what is wrong into other fields", name)
		}
		if !strings.Contains(page, "La réponse attend des nombres justes.") || strings.Contains(page, `id="choice-carbon-t"`) {
			t.Errorf("%s: the page answers with numbers that will not do", name)
		}
	}
}

func htmlText(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;").Replace(s)
}

func TestInputsSayWhereTheyComeFrom(t *testing.T) {
	fr := languagesOf(t)[quantity.French]
	for from, want := range map[string]string{
		"measured": "mesuré sur cet appareil||", "price.laptop": "Prix du neuf (ordinateur portable)|/sources/prices#price.laptop|provisoire", "embodied.laptop": "Empreinte incorporée (ordinateur portable)|/sources/embodied#embodied.laptop|",
		"lifetime.laptop less age": "Durée de vie attendue (ordinateur portable), moins l’âge|/sources/life#lifetime.laptop|", "as a new one": "comme un neuf||", "reported use": "d’après l’usage rapporté||", "told by nobody": "told by nobody||",
	} {
		at, mark := fr.origin(from)
		if got := at.Text + "|" + at.URL + "|" + mark; got != want {
			t.Errorf("%q is %q, want %q", from, got, want)
		}
	}
	fr.overridden = map[string]bool{"price.laptop": true}
	if _, mark := fr.origin("price.laptop"); mark != "valeur de l’administrateur" {
		t.Errorf("an own price is marked %q", mark)
	}
}

// Whatever is typed, the form keeps it, and either names what is wrong or gives a
// question that has an answer or is refused as a whole.
func FuzzChoiceForm(f *testing.F) {
	for _, seed := range []string{"", "new-price=1+234,5", "new-price=-1&horizon=1e9", "old-energy=%F0%9F%98%80&discount=99.9", "new-life=0.25&new-life-low=0.3", "battery-energy=-1e9"} {
		f.Add(seed)
	}
	all := languagesOf(f)
	f.Fuzz(func(t *testing.T, raw string) {
		asked, err := url.ParseQuery(raw)
		if err != nil {
			return
		}
		for _, l := range all {
			q := (&world{}).choice().Question
			form := l.choiceForm(&q, asked)
			for _, g := range form.Groups {
				for _, in := range g.Inputs {
					for _, field := range in.Fields {
						if v, ok := view.NumberOf(field.Value); in.Error == "" && (!ok || v != v) {
							t.Fatalf("%s is %q and no error", field.Name, field.Value)
						}
					}
				}
			}
			if len(form.Errors) > 0 {
				continue
			}
			if answer, err := q.Answer(); err == nil {
				if text := l.choice(answer, form); text.Verdict == "" || len(text.Table.Rows) != len(answer.Carbon.Choices) {
					t.Fatalf("%+v", text)
				}
			}
		}
	})
}
