package uplink

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path"
	"strings"
)

// noProxy in the configuration asks none, whatever the environment and the system say.
const noProxy = "none"

// CheckProxy says what is wrong with a proxy's address.
func CheckProxy(proxy string) error {
	_, err := parseProxy(proxy)
	return err
}

// parseProxy gives no address where none is to be asked.
func parseProxy(proxy string) (*url.URL, error) {
	if proxy == noProxy {
		return nil, nil
	}
	address, err := url.Parse(proxy)
	if err != nil || address.Host == "" || address.Scheme != "http" && address.Scheme != "https" {
		return nil, fmt.Errorf("proxy %q is not an address like http://proxy.example.fr:3128, nor none; automatic configuration (PAC) is not known", proxy)
	}
	return address, nil
}

// anyProxy is the proxy that the environment names, or else the system. A service has no
// environment but the system's: what is set there holds for it as well. It is looked up
// for each report, so that a change needs no restart.
func anyProxy(r *http.Request) (*url.URL, error) {
	for _, name := range []string{"HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"} {
		if os.Getenv(name) != "" || os.Getenv(strings.ToLower(name)) != "" {
			return http.ProxyFromEnvironment(r)
		}
	}
	return systemProxy().forHost(r.URL.Hostname())
}

// setting is what a system says of its proxy for https, and for which hosts there is
// none: texts as in NO_PROXY, or as Windows has them.
type setting struct{ proxy, except string }

func (s setting) forHost(host string) (*url.URL, error) {
	if s.proxy == "" || loopback(host) || excepted(host, s.except) {
		return nil, nil
	}
	proxy := s.proxy
	if !strings.Contains(proxy, "://") {
		proxy = "http://" + proxy
	}
	address, err := parseProxy(proxy)
	if err != nil {
		return nil, fmt.Errorf("of the system: %w", err)
	}
	return address, nil
}

// excepted tells whether a list names a host: by its name or the end of it, by a pattern
// (10.*, *.example.fr), a network (10.0.0.0/8), or, as <local>, by having no dot.
func excepted(host, list string) bool {
	host = strings.ToLower(host)
	ip, _ := netip.ParseAddr(host)
	for _, one := range strings.FieldsFunc(strings.ToLower(list), func(r rune) bool { return strings.ContainsRune(",; \t", r) }) {
		if _, after, ok := strings.Cut(one, "://"); ok {
			one = after
		}
		if network, err := netip.ParsePrefix(one); err == nil {
			if network.Contains(ip) {
				return true
			}
			continue
		}
		if name, _, err := net.SplitHostPort(one); err == nil {
			one = name
		}
		name := strings.TrimPrefix(one, ".")
		fits, _ := path.Match(one, host)
		if fits || host == name || name != "" && strings.HasSuffix(host, "."+name) || one == "<local>" && !strings.Contains(host, ".") {
			return true
		}
	}
	return false
}

// fromEnvironmentFile reads /etc/environment (pam_env(8)), by which logins on Linux know
// the proxy.
func fromEnvironmentFile(text string) (s setting) {
	for line := range strings.Lines(text) {
		name, value, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "export "), "=")
		if !ok {
			continue
		}
		value = strings.Trim(strings.TrimSpace(value), `"'`)
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "https_proxy":
			s.proxy = value
		case "no_proxy":
			s.except = value
		}
	}
	return s
}

// fromWinHTTP makes sense of what Windows has for services (`netsh winhttp`): one proxy
// for all, or a list like http=one:80;https=other:80.
func fromWinHTTP(proxies, except string) setting {
	s := setting{except: except}
	for _, one := range strings.FieldsFunc(proxies, func(r rune) bool { return r == ';' || r == ' ' }) {
		switch kind, address, named := strings.Cut(one, "="); {
		case named && strings.EqualFold(kind, "https"):
			s.proxy = address
		case !named && s.proxy == "":
			s.proxy = one
		}
	}
	return s
}
