package relocate

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

func TestKeysComeBackAsTheyWere(t *testing.T) {
	part := rapid.OneOf(rapid.Int64().AsAny(), rapid.String().AsAny(), rapid.SliceOfN(rapid.Byte(), 1, 40).AsAny())
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SliceOfN(part, 1, 4).Draw(t, "key")
		text, err := encodeKey(key)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := decodeKey(text); err != nil || !reflect.DeepEqual(again, key) {
			t.Fatalf("%q is %#v, %v; want %#v", text, again, err, key)
		}
	})
}

func FuzzDecodeKey(f *testing.F) {
	for _, text := range []string{`[]`, `["i5","sa","b00ff"]`, `["x"]`, `[""]`, `["i"]`, `{`, `["b0"]`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		key, err := decodeKey(text)
		if err != nil {
			return
		}
		if _, err := encodeKey(key); err != nil {
			t.Errorf("%q is read as %#v: %v", text, key, err)
		}
	})
}
