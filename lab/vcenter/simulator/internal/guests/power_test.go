package guests

import (
	"context"
	"testing"
	"time"
)

func TestAMachineOfTheSameNameStartsAfterTheOldOneHasGone(t *testing.T) {
	jobs, said, hold := newJobs(context.Background()), make(chan string, 3), make(chan struct{})
	jobs.after("k8s-w-1", false, func(context.Context) { <-hold; said <- "off" })
	jobs.after("k8s-w-1", false, func(context.Context) { said <- "destroyed" })
	jobs.after("k8s-w-1", true, func(context.Context) { said <- "on" })
	jobs.after("k8s-w-2", true, func(context.Context) { said <- "other" })
	if first := <-said; first != "other" {
		t.Fatalf("%s came before the machine that nobody waits for", first)
	}
	close(hold)
	for _, want := range []string{"off", "destroyed", "on"} {
		if got := <-said; got != want {
			t.Fatalf("%s, not %s", got, want)
		}
	}
	for until := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		jobs.mu.Lock()
		left := len(jobs.latest)
		jobs.mu.Unlock()
		if left == 0 {
			return
		}
		if time.Now().After(until) {
			t.Fatalf("%d jobs are still noted", left)
		}
	}
}
