package dashboards

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"html"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"
)

// sentBy is a request of a session to an address.
func sentBy(session, path string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, nil)
	r.AddCookie(&http.Cookie{Name: SessionCookie, Value: session})
	return r
}

func TestAHeldListIsForTheSessionAndThePlaceThatSentIt(t *testing.T) {
	var h held
	key, err := h.keep(sentBy("zoé", "/a"), []byte("list"), noon)
	if err != nil {
		t.Fatal(err)
	}
	if got, found := h.find(sentBy("zoé", "/a"), key, noon.Add(heldFor-time.Second)); !found || string(got) != "list" {
		t.Errorf("it gives %q, %v", got, found)
	}
	for name, r := range map[string]*http.Request{"another session": sentBy("léo", "/a"), "another place": sentBy("zoé", "/b"), "nobody": httptest.NewRequest(http.MethodPost, "/a", nil)} {
		if got, found := h.find(r, key, noon); found {
			t.Errorf("%s is given %q", name, got)
		}
	}
	if strings.Contains(fmt.Sprint(h.lists), fmt.Sprint([]byte("list"))) {
		t.Error("the list is in memory as it is")
	}
	if _, found := h.find(sentBy("zoé", "/a"), key, noon.Add(heldFor)); found || h.sumB != 0 || len(h.lists) != 0 {
		t.Errorf("after an hour %d lists of %d bytes are held", len(h.lists), h.sumB)
	}
}

func TestTooManyHeldListsLetTheOldestGo(t *testing.T) {
	var h held
	r := sentBy("zoé", "/a")
	big := make([]byte, mostHeldB/3)
	var keys []string
	for i := range 5 {
		key, err := h.keep(r, big, noon.Add(time.Duration(i)*time.Second))
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key)
	}
	h.drop(keys[3])
	h.drop("nothing")
	for i, key := range keys {
		if _, found := h.find(r, key, noon.Add(time.Minute)); found != (i == 4) {
			t.Errorf("list %d: %v", i, found)
		}
	}
	if h.sumB > mostHeldB || h.sumB < len(big) {
		t.Errorf("%d bytes are held", h.sumB)
	}
}

var heldField = regexp.MustCompile(`name="held" value="([^"]*)"`)

// A page of thousands of lines is as light as one of a few, and they are brought in all
// the same: once, and not without the session.
func TestPreviewOfALongListIsLight(t *testing.T) {
	const address = "/administration/organisations/1/import/devices"
	w := &world{name: "Région"}
	var list strings.Builder
	list.WriteString("label;serial;model;site;bought\n")
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 5000 {
		fmt.Fprintf(&list, "PC-%05d;%016x;Latitude %d;0750%03dA;2024-09-%02d\n", i, random.Uint64(), random.IntN(9000), random.IntN(999), 1+random.IntN(28))
	}
	send := func(pairs ...string) *httptest.ResponseRecorder { return w.upload(t, address, "", pairs...) }
	answer := w.upload(t, address, list.String(), "act", "preview", "category", "laptop")
	page := answer.Body.String()
	key := heldField.FindStringSubmatch(page)
	if answer.Code != http.StatusOK || key == nil || strings.Contains(page, `name="packed"`) {
		t.Fatalf("%d: the list is not held", answer.Code)
	}
	var small bytes.Buffer
	zip := gzip.NewWriter(&small)
	zip.Write([]byte(page))
	if zip.Close(); small.Len() > 20_000 {
		t.Errorf("the preview has %d bytes compressed", small.Len())
	}
	if n := strings.Count(page, "<") / 2; n > 400 {
		t.Errorf("the preview has about %d elements", n)
	}
	if again := send("act", "import", "again", "1", "held", html.UnescapeString(key[1]), "category", "laptop").Body.String(); heldField.FindStringSubmatch(again) == nil || heldField.FindStringSubmatch(again)[1] != key[1] {
		t.Error("looking at it again holds it twice")
	}
	if answer := send("act", "import", "held", "ANOTHER", "category", "laptop"); answer.Code != http.StatusBadRequest || !strings.Contains(answer.Body.String(), "La liste n’est plus gardée") {
		t.Errorf("a list that is not held: %d", answer.Code)
	}
	if answer := send("act", "import", "held", key[1], "category", "laptop"); answer.Code != http.StatusSeeOther {
		t.Errorf("the import is answered %d", answer.Code)
	}
	if answer := send("act", "import", "held", key[1], "category", "laptop"); answer.Code != http.StatusBadRequest {
		t.Errorf("a second import is answered %d", answer.Code)
	}
}
