%% Erlang's ASN.1 compiler as an oracle.
%% build/0: from the ITU's modules in the current folder, their code in it.
%% serve/0: for each line of a type, octets and a value, the value's encoding, and what the octets mean.
-module(oracle).
-export([build/0, serve/0]).

build() ->
    Modules = ["H235-SECURITY-MESSAGES", "MULTIMEDIA-SYSTEM-CONTROL", "H323-MESSAGES"],
    [ok = asn1ct:compile(Module, [per, maps, noobj]) || Module <- Modules],
    Self = self(),
    Jobs = [spawn_link(fun() -> Self ! {self(), compile:file(Module, unoptimised())} end) || Module <- Modules],
    [receive {Job, {ok, _}} -> ok end || Job <- Jobs],
    halt().

%% The generated code has 130,000 lines. Nobody minds how fast it runs.
unoptimised() ->
    [no_ssa_opt, no_bsm_opt, no_type_opt, no_bool_opt, no_share_opt, no_recv_opt, no_copt, no_postopt, no_throw_opt].

serve() ->
    case io:get_line("") of
        eof -> halt();
        Line ->
            [Type, Hex, Text] = string:lexemes(Line, " \n"),
            {ok, Tokens, _} = erl_scan:string(Text),
            {ok, Value} = erl_parse:parse_term(Tokens),
            io:put_chars([answer(list_to_atom(Type), binary:decode_hex(list_to_binary(Hex)), Value), $\n]),
            serve()
    end.

answer(Type, Octets, Value) ->
    Encoding = case catch 'H323-MESSAGES':encode(Type, Value) of
        {ok, Encoded} -> string:lowercase(binary:encode_hex(Encoded));
        Fault -> io_lib:format("~0p", [Fault])
    end,
    Meaning = case catch 'H323-MESSAGES':decode(Type, Octets) of
        {ok, Value} -> "same";
        Other -> io_lib:format("~0p", [Other])
    end,
    [Encoding, $\t, Meaning].
