if exist "%ProgramFiles%\Ecoparc\Agent\ecoparc-agent.exe" exit /b 0
msiexec /i "\\SERVER\SHARE\ecoparc-agent_VERSION_amd64.msi" /qn COLLECTOR={address} TOKEN={token} LABEL=%COMPUTERNAME%
