package bird

import (
	"flag"
	"fmt"
	"io"
	"strings"
)

// Client is `birdcl -s SOCKET COMMAND…`: Debian does not ship it, Calico's image does.
func Client(words []string, out io.Writer) error {
	flags := flag.NewFlagSet("birdcl", flag.ContinueOnError)
	socket := flags.String("s", "/var/run/calico/bird.ctl", "control socket")
	_ = flags.Bool("r", false, "restricted; taken and not used")
	if err := flags.Parse(words); err != nil {
		return err
	}
	lines, err := ask(*socket, strings.Join(flags.Args(), " "))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, strings.Join(lines, "\n"))
	return err
}
