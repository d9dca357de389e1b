# ermine - one Makefile for everything; `make help` lists the targets.
#
# Sources are found by wildcard: a new file in a room needs no line here.
# V=asan|clang|tsan|fuzz|cover builds a variant in build/V; several variants
# can be built in one run.  J=N sets the number of jobs (make 4.3 does not show
# its own -j to a Makefile).  What the build says goes to standard error.

J ?= $(shell nproc)
MAKEFLAGS += -rR --no-print-directory -j$(J)
SHELL       := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

V ?=
ifneq ($(filter-out clang asan tsan fuzz cover,$(V)),)
$(error V is one of clang asan tsan fuzz cover)
endif
T ?= 30
AREA ?=
SEEDS ?= 20
SEED ?=
PREFIX ?= /usr/local
DESTDIR ?=
B := build$(if $(V),/$(V))

# say = one line about a step; silent under -s
SAY := $(if $(findstring s,$(firstword -$(MAKEFLAGS))),@:,@echo >&2)

# --- sources -----------------------------------------------------------------

DP_C       := $(wildcard dataplane-sim/*/*.c)
MGMT_C     := $(filter-out %/main.c,$(wildcard mgmt/*/*.c))
CLI_C      := $(filter-out cli/session/main.c,$(wildcard cli/*/*.c))
SCHEMAC_C  := $(filter-out %/main.c,$(wildcard schemas/schemac/*.c))
SUPPORT_C  := $(wildcard tests/support/*.c)
MAIN_C     := $(wildcard mgmt/daemon/main.c mgmt/snmp/main.c \
                cli/session/main.c schemas/schemac/main.c)
RUNNER_C   := $(wildcard $(addprefix tests/unit/,*/test_*.c */*/test_*.c) \
                $(addprefix tests/,parse/*.c scenario/*.c matrix/*.c))
FUZZ       := $(basename $(notdir $(wildcard tests/fuzz/*.c)))
TSAN       := $(basename $(notdir $(wildcard tests/tsan/*.c)))
# a contender that a script starts is no benchmark of its own
BENCH_AID  := snmp_limit snmp_lateness
BENCH      := $(filter-out $(BENCH_AID), \
    $(basename $(notdir $(wildcard tests/bench/$(AREA)*.c))))
# scripts among them; what they share is not one, and cannot be run
BENCH_PY   := $(shell find tests/bench -name '$(AREA)*.py' -executable)
SCHEMAS    := $(sort $(wildcard schemas/*.schema)) \
    $(sort $(wildcard schemas/migrations/*.sql))

# what schemac makes; the lists are its contract with the build
GEN_C      := drops.c causes.c notifications.c tables.c views.c \
    sql_tables.c mib.c
GEN_H      := enums.h drops.h causes.h notifications.h ids.h views.h \
    sql.h matrix.h mib.h

OWN_C      := $(DP_C) $(MGMT_C) $(CLI_C) $(SCHEMAC_C) $(MAIN_C)
OWN_H      := $(wildcard dataplane-sim/*.h dataplane-sim/*/*.h mgmt/*/*.h \
                cli/*/*.h schemas/schemac/*.h)
TEST_C     := $(RUNNER_C) $(SUPPORT_C) \
                $(wildcard $(addprefix tests/,fuzz/*.c tsan/*.c bench/*.c sim/*.c))
TEST_H     := $(wildcard tests/*/*.h)
LAB_FILES  := $(wildcard docs/labs/*/*)

# A source that comes or goes changes no time of what is left: this file, which
# all libraries and programs depend on, is written when the list changes.
SOURCES    := build/.sources
ifneq ($(file <$(SOURCES)),$(OWN_C) $(TEST_C))
$(shell mkdir -p build)
$(file >$(SOURCES),$(OWN_C) $(TEST_C))
endif

# --- flags -------------------------------------------------------------------

CPPFLAGS   := -D_GNU_SOURCE -I. -Ibuild -Idataplane-sim -Imgmt -Icli
WARN       := -Wall -Wextra -Wpedantic -Wshadow -Wconversion \
    -Wsign-conversion -Wstrict-prototypes -Wmissing-prototypes \
    -Wold-style-definition -Wvla -Wundef -Wformat=2 -Wwrite-strings \
    -Wcast-qual -Wpointer-arith -Wswitch-enum -Wimplicit-fallthrough \
    -Wnull-dereference -Wdouble-promotion -Wredundant-decls -Wdate-time -Werror
WARN_GCC   := $(WARN) -Wduplicated-cond -Wduplicated-branches -Wlogical-op \
    -Wcast-align=strict
WARN_STACK := -Wstack-usage=16384
WARN_CLANG := $(WARN) -Wcomma -Wassign-enum -Wmissing-variable-declarations
HARDEN     := -O2 -D_FORTIFY_SOURCE=2 -fstack-protector-strong \
    -fstack-clash-protection -fPIE
# gcc's sanitizers add branches and hide values, about which its warnings for
# null, truncation and conversion then complain; the plain build has those
WARN_SAN   := $(WARN_GCC) -Wno-null-dereference -Wno-format-truncation \
    -Wno-maybe-uninitialized -Wno-conversion -Wno-sign-conversion
UBSAN      := address,undefined -fno-sanitize-recover=all
SANE       := -O1 -fno-omit-frame-pointer -fPIE

CC_plain   := gcc
C_plain    := $(HARDEN) $(WARN_GCC) $(WARN_STACK)
L_plain    := -Wl,-z,relro,-z,now
CC_clang   := clang
C_clang    := $(HARDEN) $(WARN_CLANG)
L_clang    := $(L_plain)
CC_asan    := gcc
C_asan     := $(SANE) $(WARN_SAN) -fsanitize=$(UBSAN)
L_asan     := -fsanitize=$(UBSAN)
CC_tsan    := gcc
C_tsan     := $(SANE) $(WARN_SAN) -fsanitize=thread
L_tsan     := -fsanitize=thread
CC_fuzz    := clang
C_fuzz     := $(SANE) $(WARN_CLANG) -fsanitize=fuzzer-no-link,$(UBSAN)
L_fuzz     := -fsanitize=$(UBSAN)
CC_cover   := clang
C_cover    := $(SANE) $(WARN_CLANG) -fprofile-instr-generate -fcoverage-mapping
L_cover    := -fprofile-instr-generate

# Debian has it for amd64 only: crypto/lanes.c looks for the same header
LANES       = $(shell test ! -e /usr/include/intel-ipsec-mb.h || \
    echo -lIPSec_MB)
LIBS        = -Wl,--as-needed -lsqlite3 -lcurl -lcrypto -lcrypt -lev -ledit -ltinfo \
    -ljansson -lbsd -lpthread $(LANES)
# net-snmp's agent library; its headers stand among the system's
SNMP_LIBS   = -lnetsnmpagent -lnetsnmp

# Packages come first wherever a target promises to work on a bare system;
# the compiler may not start before they are there.
PROMISES   := run test check asan tsan fuzz bench soak cover
AFTER      := $(if $(filter $(PROMISES),$(MAKECMDGOALS)),deps) \
    $(if $(filter-out run bench,$(filter $(PROMISES),$(MAKECMDGOALS))),deps-test)

# --- generated sources -------------------------------------------------------

# A file that did not change keeps its time, so that a new sentence in one
# schema does not compile everything again.
build/gen/.stamp: build/schemac $(SCHEMAS) schemas/history.sql schemas/views.sql
	$(SAY) "  GEN  build/gen"
	@rm -rf build/fresh
	@mkdir -p build/gen build/fresh/gen build/fresh/reference
	@build/schemac --out build/fresh/gen --docs build/fresh/reference \
	    --sql build/fresh/config.sql --history schemas/history.sql \
	    --views schemas/views.sql $(SCHEMAS) >&2
	@for f in $(GEN_C) $(GEN_H); do \
	    test -f build/fresh/gen/$$f || \
	        { echo "schemac made no $$f" >&2; exit 1; }; \
	    cmp -s build/fresh/gen/$$f build/gen/$$f || \
	        cp build/fresh/gen/$$f build/gen/$$f; \
	done
	@touch $@

$(GEN_C:%=build/gen/%) $(GEN_H:%=build/gen/%): build/gen/.stamp ;

# --- how a variant is built --------------------------------------------------

# The compiler of the schemas, and what it is made of, come before anything
# that is generated; everything else comes after.
EARLY_C    := $(wildcard dataplane-sim/base/*.c) $(SCHEMAC_C) \
    $(filter schemas/%,$(MAIN_C))
LATE_C     := $(filter-out $(EARLY_C),$(OWN_C)) $(TEST_C)

define link
$(SAY) "  LD   $@"
@mkdir -p $(@D)
@$(CC_$(1)) $(L_$(1)) $(2) -pie -o $@ $(filter %.o,$^) \
    -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LIBS) $(3)
endef

# $(1) folder, $(2) name of its flags
define VARIANT
LIBS_$(2) := $(addprefix $(1)/lib/,libcli.a libmgmt.a libdp.a libgen.a)
TLIBS_$(2) := $(1)/lib/libsupport.a $(1)/lib/libschemac.a $$(LIBS_$(2))

$(1)/obj/%.o: %.c Makefile | $(AFTER)
	$$(SAY) "  CC   $$@"
	@mkdir -p $$(@D)
	@$$(CC_$(2)) -std=c17 -g $$(CPPFLAGS) $$(C_$(2)) $$(C_MORE) \
	    -MMD -MP -c -o $$@ $$<

$(1)/obj/gen/%.o: build/gen/%.c Makefile | $(AFTER)
	$$(SAY) "  CC   $$@"
	@mkdir -p $$(@D)
	@$$(CC_$(2)) -std=c17 -g $$(CPPFLAGS) $$(C_$(2)) -MMD -MP -c -o $$@ $$<

# clang misses declarations of the variables that Criterion's macros define
$(1)/obj/tests/%.o: C_MORE = \
    $(if $(filter clang,$(CC_$(2))),-Wno-missing-variable-declarations)

$(LATE_C:%.c=$(1)/obj/%.o): | $(GEN_H:%=build/gen/%)

$(1)/lib/libdp.a: $(DP_C:%.c=$(1)/obj/%.o)
$(1)/lib/libmgmt.a: $(MGMT_C:%.c=$(1)/obj/%.o)
$(1)/lib/libcli.a: $(CLI_C:%.c=$(1)/obj/%.o)
$(1)/lib/libgen.a: $(GEN_C:%.c=$(1)/obj/gen/%.o)
$(1)/lib/libschemac.a: $(SCHEMAC_C:%.c=$(1)/obj/%.o)
$(1)/lib/libsupport.a: $(SUPPORT_C:%.c=$(1)/obj/%.o)
$(1)/lib/%.a: Makefile $(SOURCES)
	$$(SAY) "  AR   $$@"
	@mkdir -p $$(@D)
	@rm -f $$@
	@ar rcs $$@ $$(filter %.o,$$^)

$(1)/ermined: $(1)/obj/mgmt/daemon/main.o $$(LIBS_$(2))
	$$(call link,$(2))

$(1)/ermine: $(1)/obj/cli/session/main.o $$(LIBS_$(2))
	$$(call link,$(2))

$(1)/ermine-snmp: $(1)/obj/mgmt/snmp/main.o $$(LIBS_$(2))
	$$(call link,$(2),,$(SNMP_LIBS))

$(1)/tests/runner: $(RUNNER_C:%.c=$(1)/obj/%.o) $$(TLIBS_$(2)) $(SOURCES)
	$$(call link,$(2),,-lcriterion $(SNMP_LIBS))

-include $(patsubst %.c,$(1)/obj/%.d,$(OWN_C) $(TEST_C)) \
    $(GEN_C:%.c=$(1)/obj/gen/%.d)
endef

$(eval $(call VARIANT,build,plain))
$(foreach v,clang asan tsan fuzz cover,$(eval $(call VARIANT,build/$(v),$(v))))

build/schemac: $(patsubst %.c,build/obj/%.o,$(EARLY_C)) $(SOURCES)
	$(call link,plain)

build/fuzz/%: build/fuzz/obj/tests/fuzz/%.o $(TLIBS_fuzz)
	$(call link,fuzz,-fsanitize=fuzzer)

build/tsan/%: build/tsan/obj/tests/tsan/%.o $(TLIBS_tsan)
	$(call link,tsan)

build/tests/sim: build/obj/tests/sim/sim.o $(TLIBS_plain)
	$(call link,plain)

build/tests/bench/%: build/obj/tests/bench/%.o $(TLIBS_plain)
	$(call link,plain,,$(SNMP_LIBS))

# --- targets for people ------------------------------------------------------

PROGRAMS   := $(strip $(if $(filter cli/%,$(MAIN_C)),ermine) \
    $(if $(filter mgmt/daemon/%,$(MAIN_C)),ermined) \
    $(if $(filter mgmt/snmp/%,$(MAIN_C)),ermine-snmp))

.PHONY: all help deps deps-bench deps-test run test check asan tsan fuzz bench interop faults sim soak \
    cover install clean generate format check-format check-tidy check-cppcheck \
    check-layers check-headers check-fresh check-docs check-clang

all: $(PROGRAMS:%=$(B)/%) ## build the programs (V=asan|clang|tsan|fuzz|cover: a variant)
	$(if $(PROGRAMS),,@echo "no program has a main.c yet" >&2)

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' $(firstword $(MAKEFILE_LIST)) | \
	    while IFS='|' read -r name text; do \
	        printf '  %-16s %s\n' "$$name" "$$text"; done

deps: ## install the packages the build needs (Debian; root or sudo)
	@tests/tools/deps build

deps-bench: deps ## install the packages that the benchmarks need
	@tests/tools/deps bench

deps-test: deps ## install the packages the tests and checks need
	@tests/tools/deps test

run: deps $(PROGRAMS:%=$(B)/%) ## open the lab: two routers and a console
	@$(B)/ermine --lab two-site

test: deps deps-test $(PROGRAMS:%=$(B)/%) $(B)/tests/runner ## run every test
	@tests/tools/run-tests $(B)

asan: deps-test $(PROGRAMS:%=build/asan/%) build/asan/tests/runner ## run the tests under ASan, UBSan and the leak checker
	@tests/tools/run-tests build/asan tests/tools/asan-leaves-out.txt

tsan: deps-test $(TSAN:%=build/tsan/%) ## run tests/tsan under ThreadSanitizer
	@$(if $(TSAN),tests/tools/run-tsan build/tsan $(TSAN), \
	    echo "tsan: tests/tsan is empty")

fuzz: deps-test $(FUZZ:%=build/fuzz/%) ## run each fuzz target for T=30 seconds
	@$(if $(FUZZ),tests/tools/run-fuzz $(T) build/fuzz $(FUZZ), \
	    echo "fuzz: tests/fuzz is empty")

# Debian's kernel gives large pages by itself (transparent huge pages), others
# if they are asked: the figures are those with them.
bench: deps deps-bench $(BENCH:%=build/tests/bench/%) $(BENCH_AID:%=build/tests/bench/%) $(PROGRAMS:%=build/%) ## measure (AREA=config|ike|path|snmp|start: only tests/bench/AREA*)
	@mkdir -p build/bench
	@$(if $(BENCH)$(BENCH_PY),,echo "bench: tests/bench has no $(AREA)")
	@for program in $(BENCH:%=build/tests/bench/%) $(BENCH_PY); do \
	    name=$$(basename $$program .py); \
	    GLIBC_TUNABLES=glibc.malloc.hugetlb=1 $$program --json >build/bench/$$name.json; \
	    tests/tools/bench-table build/bench/$$name.json; \
	done

soak: deps deps-test $(PROGRAMS:%=$(B)/%) ## flood a gateway's host port for a minute, and its IKE for another (root)
	@ERMINE_BUILD=$(B) tests/net/flood.py --soak 60
	@ERMINE_BUILD=$(B) tests/net/ike_fuzz.py --soak 60
	@ERMINE_BUILD=$(B) tests/e2e/snmp_ber.py --soak 60

sim: build/tests/sim ## two routers through SEEDS=20 simulated days, or SEED=N with all that happens
	@tests/tools/run-sim build/tests/sim $(SEEDS) $(J) $(SEED)

interop: deps deps-test $(PROGRAMS:%=$(B)/%) ## negotiate with strongSwan, each scenario in both roles, and with ourselves (root)
	@failed=0; for test in "strongswan.py all" pair.py \
	    "faults.py --write docs/diagnosis.md all"; do \
	    ERMINE_BUILD=$(B) tests/interop/$$test || failed=1; done; exit $$failed

faults: deps deps-test $(PROGRAMS:%=$(B)/%) ## inject faults of the field: does the router say what is wrong? (root; VARIANTS=1: with other values)
	@ERMINE_BUILD=$(B) tests/interop/faults.py \
	    $(if $(VARIANTS),variants,--write docs/diagnosis.md) all

cover: deps-test $(PROGRAMS:%=build/cover/%) build/cover/tests/runner ## which lines do the tests reach?
	@rm -rf build/cover/raw
	@LLVM_PROFILE_FILE=$(CURDIR)/build/cover/raw/%p.profraw \
	    tests/tools/run-tests build/cover >build/cover/log 2>&1 || \
	    { cat build/cover/log; exit 1; }
	@llvm-profdata-14 merge -sparse -failure-mode=all -o build/cover/profile build/cover/raw
	@llvm-cov-14 report build/cover/tests/runner \
	    $(PROGRAMS:%=-object build/cover/%) -instr-profile=build/cover/profile \
	    -show-branch-summary $(OWN_C)

check: check-format check-layers check-headers check-fresh check-docs check-cppcheck check-clang check-tidy ## every check that runs nothing
	@echo "check: all good"

ALL_FILES  := $(OWN_C) $(OWN_H) $(TEST_C) $(TEST_H)

check-format: deps-test ## are all sources as clang-format writes them?
	@printf '%s\n' $(ALL_FILES) | xargs -r clang-format --dry-run -Werror
	@echo "format: $(words $(ALL_FILES)) files"

format: ## write all sources as clang-format does
	@printf '%s\n' $(ALL_FILES) | xargs -r clang-format -i

check-layers: deps-test ## do all includes follow tests/tools/layers.txt?
	@tests/tools/check-layers tests/tools/layers.txt

# The object is a prerequisite because its .d knows the headers.  What was
# looked at and has not changed, whatever its time says, is not looked at again.
build/tidy/%.ok: build/obj/%.o .clang-tidy
	@mkdir -p $(@D)
	@sum=$$(cat .clang-tidy $$(sed 's/^[^:]*://; s/\\$$//; /^ *$$/q' \
	    build/obj/$*.d) | sha256sum); \
	if [ "$$sum" != "$$(cat $@.sum 2>/dev/null)" ]; then \
	    $(if $(findstring s,$(firstword -$(MAKEFLAGS))),,echo "  TIDY $*.c" >&2;) \
	    clang-tidy --quiet --header-filter='(dataplane-sim|mgmt|cli|schemas)/' \
	        $*.c -- -std=c17 $(CPPFLAGS) >$@.log 2>/dev/null || \
	        { cat $@.log >&2; exit 1; }; \
	    echo "$$sum" >$@.sum; \
	fi
	@touch $@

check-tidy: $(OWN_C:%.c=build/tidy/%.ok) ## clang-tidy on all sources but the tests
	@echo "tidy: $(words $(OWN_C)) files"

# clang's warnings come from its front end: no object is needed for them.
build/syntax/%.ok: %.c Makefile | $(AFTER) $(GEN_H:%=build/gen/%)
	$(SAY) "  WARN $<"
	@mkdir -p $(@D)
	@clang -std=c17 $(CPPFLAGS) $(C_clang) $(C_MORE) -MMD -MP \
	    -MF $(@:.ok=.d) -MT $@ -fsyntax-only $<
	@touch $@

build/syntax/tests/%.ok: C_MORE := -Wno-missing-variable-declarations

-include $(patsubst %.c,build/syntax/%.d,$(OWN_C) $(TEST_C))

check-clang: $(patsubst %.c,build/syntax/%.ok,$(OWN_C) $(TEST_C)) ## does clang compile everything without a warning?
	@echo "clang: $(words $(OWN_C) $(TEST_C)) files"

# Declarations at the top of a block are the house style, structs of a format
# are written whole, and `continue` is how an empty loop body is spelled.
# cppcheck 2.10 does not know queue.h's loops by itself.
CPPCHECK_OFF := missingIncludeSystem variableScope unusedStructMember \
    redundantContinue

check-cppcheck: deps-test | $(GEN_H:%=build/gen/%) ## cppcheck on all sources but the tests
	@mkdir -p build/cppcheck
	@cppcheck -q -j $(J) --std=c11 --inline-suppr --error-exitcode=1 \
	    --enable=warning,style,performance,portability \
	    $(CPPCHECK_OFF:%=--suppress=%) --cppcheck-build-dir=build/cppcheck \
	    --include=/usr/include/$(shell gcc -print-multiarch)/sys/queue.h \
	    $(CPPFLAGS) $(OWN_C)
	@echo "cppcheck: $(words $(OWN_C)) files"

build/headers/%.ok: %.h Makefile | $(AFTER) $(GEN_H:%=build/gen/%)
	@mkdir -p $(@D)
	@echo '#include "$<"' | gcc -std=c17 $(CPPFLAGS) $(WARN_GCC) -MMD -MP \
	    -MF $(@:.ok=.d) -MT $@ -fsyntax-only -x c -
	@touch $@

-include $(OWN_H:%.h=build/headers/%.d)

check-headers: $(OWN_H:%.h=build/headers/%.ok) ## does each header compile alone?
	@echo "headers: $(words $(OWN_H)) files"

check-fresh: build/gen/.stamp ## are the committed generated files what schemac makes?
	@diff -ru docs/reference build/fresh/reference || \
	    { echo "run: make generate"; exit 1; }
	@diff -u schemas/config.sql build/fresh/config.sql || \
	    { echo "run: make generate"; exit 1; }
	@echo "fresh: docs/reference schemas/config.sql"

generate: build/gen/.stamp ## write docs/reference and schemas/config.sql
	@mkdir -p docs/reference
	@cp build/fresh/reference/* docs/reference/
	@cp build/fresh/config.sql schemas/config.sql

check-docs: $(PROGRAMS:%=$(B)/%) ## do links, targets and help texts in the documents hold?
	@tests/tools/check-docs $(B)

install: $(PROGRAMS:%=build/%) ## install below PREFIX (DESTDIR is put in front)
	$(if $(PROGRAMS),,@echo "no program has a main.c yet" >&2; exit 1)
	@install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/ermine/labs \
	    $(DESTDIR)$(PREFIX)/share/doc/ermine
	@install -m 755 $^ $(DESTDIR)$(PREFIX)/bin/
	@for f in $(LAB_FILES); do \
	    install -D -m 644 $$f \
	        $(DESTDIR)$(PREFIX)/share/ermine/labs/$${f#docs/labs/}; done
	@for f in $(wildcard README.md LICENSE $(addprefix docs/,*.md */*.md)); do \
	    install -D -m 644 $$f \
	        $(DESTDIR)$(PREFIX)/share/doc/ermine/$$f; done

clean: ## remove everything that was built
	@rm -rf build
