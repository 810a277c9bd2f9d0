package uplink

import "testing"

func TestSystemsProxy(t *testing.T) {
	linux := fromEnvironmentFile("# of the region\nPATH=\"/usr/bin\"\nexport HTTPS_PROXY='http://proxy.example.fr:3128'\nno_proxy=localhost,.internal.fr, 10.0.0.0/8\nnonsense\n")
	one := fromWinHTTP("proxy.example.fr:3128", "<local>;*.internal.fr;10.*")
	for _, c := range []struct {
		what       string
		of         setting
		host, want string
	}{
		{"Linux", linux, "ecoparc.example.fr", "http://proxy.example.fr:3128"},
		{"Linux", linux, "ECOPARC.internal.fr", ""},
		{"Linux", linux, "internal.fr", ""},
		{"Linux", linux, "notinternal.fr", "http://proxy.example.fr:3128"},
		{"Linux", linux, "10.1.2.3", ""},
		{"Linux", linux, "11.1.2.3", "http://proxy.example.fr:3128"},
		{"Linux", linux, "127.0.0.1", ""},
		{"Linux without one", fromEnvironmentFile("http_proxy=http://p:1\n"), "ecoparc.example.fr", ""},
		{"all but none", fromEnvironmentFile("https_proxy=p:1\nNO_PROXY=*\n"), "ecoparc.example.fr", ""},
		{"Windows", one, "ecoparc.example.fr", "http://proxy.example.fr:3128"},
		{"Windows", one, "ecoparc", ""},
		{"Windows", one, "a.internal.fr", ""},
		{"Windows", one, "10.1.2.3", ""},
		{"Windows", one, "localhost", ""},
		{"Windows, one for each kind", fromWinHTTP("http=a:1;https=b:2", ""), "ecoparc.example.fr", "http://b:2"},
		{"Windows, for http alone", fromWinHTTP("http=a:1", ""), "ecoparc.example.fr", ""},
	} {
		got, err := c.of.forHost(c.host)
		if err != nil {
			t.Fatal(err)
		}
		text := ""
		if got != nil {
			text = got.String()
		}
		if text != c.want {
			t.Errorf("%s: for %s %q; want %q", c.what, c.host, text, c.want)
		}
	}
	if _, err := (setting{proxy: "socks://p"}).forHost("ecoparc.example.fr"); err == nil {
		t.Error("a kind of proxy that is not known is no mistake")
	}
	if err := CheckProxy("none"); err != nil {
		t.Error(err)
	}
}

func FuzzSystemsProxy(f *testing.F) {
	f.Add("https_proxy=http://p:1\nno_proxy=[::1]:80,a/b,*[", "a.b")
	f.Fuzz(func(t *testing.T, text, host string) {
		_, _ = fromEnvironmentFile(text).forHost(host)
		_, _ = fromWinHTTP(text, text).forHost(host)
	})
}
